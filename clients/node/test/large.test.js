// Results and requests that do not fit into one NATS message.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { errorOf, openDatabase } from "./support/fixture.js";

const fixture = await openDatabase();
const rows = 30_000;
const text = "x".repeat(100);

await fixture.DB.exec(`CREATE TABLE big (id INTEGER PRIMARY KEY, text);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    WHERE i < ${rows})
  INSERT INTO big SELECT i, '${text}' FROM n;`);

test("a large result arrives whole, in order", async () => {
  const all = fixture.DB.prepare("SELECT id, text FROM big ORDER BY id");
  for (let round = 0; round < 2; round += 1) {
    const { results, meta, success } = await all.all();
    assert.equal(success, true);
    assert.equal(results.length, rows);
    assert.deepEqual(results[0], { id: 1, text });
    assert.ok(results.every(({ id }, i) => id === i + 1));
    assert.ok(meta.rows_read >= rows);
    assert.equal(typeof meta.duration, "number");
  }
});

test("raw and first take large results as well", async () => {
  const all = fixture.DB.prepare("SELECT id, text FROM big ORDER BY id");
  const raw = await all.raw({ columnNames: true });
  assert.equal(raw.length, rows + 1);
  assert.deepEqual(raw[0], ["id", "text"]);
  assert.deepEqual(raw[rows], [rows, text]);
  assert.equal(await all.first("id"), 1);
});

test("a batch of reads streams the results of each", async () => {
  const { DB } = fixture;
  const [small, big, none] = await DB.batch([
    DB.prepare("SELECT 1 AS one"),
    DB.prepare("SELECT id, text FROM big ORDER BY id"),
    DB.prepare("SELECT id FROM big WHERE 0"),
  ]);
  assert.deepEqual(small.results, [{ one: 1 }]);
  assert.equal(big.results.length, rows);
  assert.deepEqual(none.results, []);
  assert.equal(typeof none.meta.duration, "number");
});

test("a write that returns much is executed once", async () => {
  const { DB } = fixture;
  await DB.exec("CREATE TABLE copy (id INTEGER PRIMARY KEY, text)");
  const { results, meta } = await DB.prepare(
    "INSERT INTO copy SELECT id, text FROM big WHERE id <= 12000 RETURNING id, text",
  ).all();
  assert.equal(results.length, 12_000);
  assert.equal(meta.changes, 12_000);
  const count = await DB.prepare("SELECT count(*) AS n FROM copy").first("n");
  assert.equal(count, 12_000);
});

test("a batch that writes and returns much is executed once", async () => {
  const { DB } = fixture;
  await DB.exec("CREATE TABLE twice (id INTEGER PRIMARY KEY, text)");
  const insert = (from, to) =>
    DB.prepare(
      "INSERT INTO twice SELECT id, text FROM big WHERE id > ? AND id <= ? RETURNING *",
    ).bind(from, to);
  const results = await DB.batch([insert(0, 8_000), insert(8_000, 16_000)]);
  assert.deepEqual(
    results.map((r) => [r.results.length, r.meta.changes]),
    [
      [8_000, 8_000],
      [8_000, 8_000],
    ],
  );
  const count = await DB.prepare("SELECT count(*) AS n FROM twice").first("n");
  assert.equal(count, 16_000);
});

test("integers stay exact in a stream", async () => {
  const DB = fixture.DB.withOptions({ bigint: true });
  const { results } = await DB.prepare(
    "SELECT id + 9007199254740992 AS n, text FROM big ORDER BY id",
  ).all();
  assert.equal(results.length, rows);
  assert.ok(results.every(({ n }, i) => n === 9007199254740993n + BigInt(i)));
});

test("a blob comes back from a stream", async () => {
  const { results } = await fixture.DB.prepare(
    "SELECT id, CAST(text AS BLOB) AS bytes FROM big LIMIT 15000",
  ).all();
  assert.equal(results.length, 15_000);
  assert.deepEqual(results[14_999].bytes, Array(100).fill(120));
});

test("an error within a stream is the call's", async () => {
  const error = await errorOf(() =>
    fixture.DB.prepare(
      "SELECT id, text, CASE WHEN id = 29000 THEN json('{') END FROM big ORDER BY id",
    ).all(),
  );
  assert.equal(error.message, "D1_ERROR: malformed JSON: SQLITE_ERROR");
  assert.equal(error.code, "sql_error");
});

test("a result larger than maxResultBytes is an error that names it", async () => {
  const DB = fixture.DB.withOptions({ maxResultBytes: 2_000_000 });
  const error = await errorOf(() => DB.prepare("SELECT * FROM big").all());
  assert.equal(
    error.message,
    "D1_ERROR: the result is larger than the option maxResultBytes (2000000 bytes)",
  );
  assert.equal(error.code, "too_large");
});

test("a row that no message holds is an error that names the limit", async () => {
  const error = await errorOf(() =>
    fixture.DB.prepare("SELECT hex(zeroblob(2000000)) AS x").all(),
  );
  assert.equal(error.code, "too_large");
  assert.match(error.message, /max_payload/);
});

test("a request that no message holds is an error that names the limit", async () => {
  const error = await errorOf(() =>
    fixture.DB.prepare("SELECT length(?) AS n")
      .bind("x".repeat(2_000_000))
      .all(),
  );
  assert.match(
    error.message,
    /^D1_ERROR: the request has \d+ bytes, more than the 1048576 that the NATS server takes in one message \(max_payload\)$/,
  );
  assert.equal(error.code, "too_large");
  assert.equal(error.retryable, false);
});

test("a signal ends a stream", async () => {
  const { DB } = fixture;
  const slow = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
    SELECT i, '${text}' FROM n`;
  const error = await errorOf(() =>
    DB.withOptions({ signal: AbortSignal.timeout(500) })
      .prepare(slow)
      .all(),
  );
  assert.equal(error.name, "TimeoutError");
  assert.equal(await DB.prepare("SELECT 1 AS x").first("x"), 1);
});

test("streams keep their order when many run at once", async () => {
  const sluice = await connect({ servers: fixture.url });
  const DB = sluice.database("app");
  const all = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      DB.prepare(
        "SELECT id, text FROM big WHERE id > ? ORDER BY id LIMIT 12000",
      )
        .bind(i * 1_000)
        .raw(),
    ),
  );
  for (const [i, result] of all.entries()) {
    assert.equal(result.length, 12_000);
    assert.equal(result[0][0], i * 1_000 + 1);
    assert.equal(result[11_999][0], i * 1_000 + 12_000);
  }
  await sluice.close();
});
