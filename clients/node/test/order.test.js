// What is sent after a write sees it, whether the write was awaited or not.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { kindOf } from "../lib/order.js";
import { until } from "./support/database_file.js";
import { refusalReply, rowsReply, startFake } from "./support/fake_sluice.js";
import { errorOf, openDatabase } from "./support/fixture.js";
import { startNats } from "./support/processes.js";

const { sluice, DB } = await openDatabase();
await DB.exec("CREATE TABLE t (x INTEGER)");

const rounds = 100;

/** How many of the reads saw what was sent just before them. */
async function countSeen(write, read) {
  let seen = 0;
  for (let i = 0; i < rounds; i += 1) {
    await DB.exec("DELETE FROM t");
    const written = write();
    const found = await read();
    await written;
    if (found === 1) seen += 1;
  }
  return seen;
}

const insert = "INSERT INTO t VALUES (1)";
const count = "SELECT count(*) AS n FROM t";
const countWith = `WITH c AS (${count}) SELECT n FROM c`;

const writes = {
  run: () => DB.prepare(insert).run(),
  batch: () => DB.batch([DB.prepare(insert), DB.prepare(count)]),
  exec: () => DB.exec(insert),
  "a common table expression": () =>
    DB.prepare("WITH v(x) AS (VALUES (1)) INSERT INTO t SELECT x FROM v").run(),
  "another object for the database": () =>
    sluice.database("app").prepare(insert).run(),
};

for (const [name, write] of Object.entries(writes)) {
  test(`a read sees what was sent before it by ${name}`, async () => {
    const seen = await countSeen(write, () => DB.prepare(count).first("n"));
    assert.equal(seen, rounds);
  });
}

test("reads of other forms see it, too", async () => {
  const session = DB.withSession("first-primary");
  const reads = {
    with: () => DB.prepare(countWith).first("n"),
    batch: async () => (await DB.batch([DB.prepare(count)]))[0].results[0].n,
    options: () => DB.withOptions({ bigint: true }).prepare(count).first("n"),
    pragma: async () =>
      (await DB.prepare("PRAGMA foreign_keys").run()) &&
      (await DB.prepare(count).first("n")),
    session: () => session.prepare(count).first("n"),
  };
  for (const [name, read] of Object.entries(reads)) {
    assert.equal(await countSeen(writes.run, read), rounds, name);
  }
  const within = await countSeen(
    () => session.prepare(insert).run(),
    reads.session,
  );
  assert.equal(within, rounds);
});

test("a dump holds what was sent before it", async () => {
  await DB.exec("CREATE TABLE big (x)");
  const written = DB.prepare("INSERT INTO big VALUES (zeroblob(500000))").run();
  const { byteLength } = await DB.dump();
  await written;
  assert.ok(byteLength > 500_000);
});

test("writes take effect in their order, whatever they begin with", async () => {
  await DB.exec("CREATE TABLE log (id INTEGER PRIMARY KEY, x INTEGER)");
  const texts = [
    (i) => `INSERT INTO log (x) VALUES (${i})`,
    (i) => `WITH v(x) AS (VALUES (${i})) INSERT INTO log (x) SELECT x FROM v`,
    (i) => `/* x */ INSERT INTO log (x) VALUES (${i})`,
    (i) => `SELECT 1; INSERT INTO log (x) VALUES (${i})`,
  ];
  const sent = Array.from({ length: rounds }, (_, i) =>
    DB.prepare(texts[(i * 7) % texts.length](i)).run(),
  );
  await Promise.all(sent);
  const found = await DB.prepare("SELECT x FROM log ORDER BY id").raw();
  assert.deepEqual(
    found.map(([x]) => x),
    Array.from({ length: rounds }, (_, i) => i),
  );
});

async function fakeDatabase(t, answer, options) {
  const nats = await startNats(t);
  const requests = await startFake(t, nats.url, answer);
  const fake = await connect({ servers: nats.url, ...options });
  t.after(() => fake.close());
  return { requests, fake, FAKE: fake.database("app") };
}

test("a read waits for a write that is sent again", async (t) => {
  const { FAKE, requests } = await fakeDatabase(t, (request, number) =>
    number < 3 ? refusalReply("overloaded", true) : rowsReply([1]),
  );
  const written = FAKE.prepare("DELETE FROM t").run();
  await FAKE.prepare("SELECT 1").run();
  await written;
  assert.deepEqual(
    requests.map(({ body }) => body.sql),
    [...Array(4).fill("DELETE FROM t"), "SELECT 1"],
  );
});

test("only what comes after a write to the same database waits for it", async (t) => {
  const { FAKE, fake, requests } = await fakeDatabase(
    t,
    ({ body }) => (body.sql === "DELETE FROM t" ? null : rowsReply([1])),
    { requestTimeout: 300 },
  );
  const before = FAKE.prepare("SELECT 1").run();
  const written = errorOf(() => FAKE.prepare("DELETE FROM t").run());
  await before;
  await fake.database("other").prepare("SELECT 2").run();
  // Writes do not wait for each other.
  await FAKE.prepare("INSERT INTO t VALUES (1)").run();
  const failed = await errorOf(() => FAKE.prepare("SELECT 3").run());
  assert.equal(failed.code, "timeout");
  assert.match(failed.message, /nothing was executed/);
  assert.equal((await written).code, "timeout");
  await FAKE.prepare("SELECT 4").run();
  const sent = requests.map(({ body }) => body.sql);
  assert.ok(!sent.includes("SELECT 3"));
  assert.ok(sent.includes("SELECT 4"));
});

test("what waits for a write counts, can be given up, and is waited for", async (t) => {
  const { FAKE, fake, requests } = await fakeDatabase(
    t,
    ({ body }) => (body.sql === "DELETE FROM t" ? null : rowsReply([1])),
    { maxCalls: 3, requestTimeout: 500 },
  );
  const written = errorOf(() => FAKE.prepare("DELETE FROM t").run());
  await until(() => requests.length === 1, "the write");
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = errorOf(() =>
    FAKE.withOptions({ signal }).prepare("SELECT 1").run(),
  );
  const second = FAKE.withOptions({ requestTimeout: 5_000 })
    .prepare("SELECT 2")
    .run();
  const third = await errorOf(() => FAKE.prepare("SELECT 3").run());
  assert.equal(third.code, "overloaded");
  controller.abort();
  assert.equal((await waiting).name, "AbortError");
  await fake.close();
  assert.equal((await written).code, "timeout");
  assert.equal((await second).success, true);
});

test("a write that is given up while it waits lets later ones wait on", async (t) => {
  const { FAKE, requests } = await fakeDatabase(
    t,
    ({ body }) => (body.sql.startsWith("WITH") ? null : rowsReply([1])),
    { requestTimeout: 5_000 },
  );
  const brief = FAKE.withOptions({ requestTimeout: 300 });
  const unsure = errorOf(() =>
    FAKE.withOptions({ requestTimeout: 600 })
      .prepare("WITH a AS (SELECT 1) DELETE FROM t")
      .run(),
  );
  const first = errorOf(() => brief.prepare("DELETE FROM t").run());
  const second = FAKE.prepare("INSERT INTO t VALUES (2)").run();
  assert.equal((await first).code, "timeout");
  assert.equal(requests.length, 1);
  await unsure;
  await second;
  assert.deepEqual(requests.map(({ body }) => body.sql).slice(1), [
    "INSERT INTO t VALUES (2)",
  ]);
});

test("which requests may change something is seen in their texts", () => {
  const kinds = {
    "SELECT 1": "read",
    " (SELECT 1)": "unsure",
    "VALUES (1);": "read",
    "WITH a AS (SELECT 1) SELECT * FROM a": "read",
    "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a": "unsure",
    "EXPLAIN SELECT 1": "read",
    "PRAGMA user_version = 5": "unsure",
    "SELECT 1; DELETE FROM t": "unsure",
    "-- SELECT\nDELETE FROM t": "write",
    "/* a */ /* b */ UPDATE t SET x = 1": "write",
    "/* a */ SELECT 1": "unsure",
    "CREATE TABLE t (x)": "write",
    "": "unsure",
  };
  for (const [text, kind] of Object.entries(kinds)) {
    assert.equal(kindOf([text]), kind, text);
  }
  assert.equal(kindOf(["SELECT 1", "DELETE FROM t"]), "write");
  assert.equal(kindOf(["SELECT 1", "PRAGMA optimize"]), "unsure");
});
