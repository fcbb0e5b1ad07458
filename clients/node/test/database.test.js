// What a database does beyond D1, and the members of errors.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { errorOf, openDatabase } from "./support/fixture.js";
import { freePort } from "./support/processes.js";

const fixture = await openDatabase();

await fixture.DB.exec(
  "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE NOT NULL)",
);

test("an error has D1's message, its cause, a code, and retryable", async () => {
  const insert = fixture.DB.prepare("INSERT INTO users (email) VALUES (?)");
  await insert.bind("ann@example.org").run();
  const error = await errorOf(() => insert.bind("ann@example.org").run());
  const text =
    "UNIQUE constraint failed: users.email: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)";
  assert.ok(error instanceof Error);
  assert.equal(error.name, "Error");
  assert.equal(error.message, `D1_ERROR: ${text}`);
  assert.equal(error.cause.message, text);
  assert.equal(error.code, "conflict");
  assert.equal(error.retryable, false);
  assert.match(error.stack, /database\.test\.js/);
});

const failures = [
  ["SELEC", "sql_error"],
  ["INSERT INTO users (email) VALUES (NULL)", "constraint"],
  ["PRAGMA journal_mode = WAL", "not_authorized"],
  ["SELECT ?", "sql_error"],
  ["", "bad_request"],
];
for (const [sql, code] of failures) {
  test(`the code of ${JSON.stringify(sql)} is ${code}`, async () => {
    const error = await errorOf(() => fixture.DB.prepare(sql).run());
    assert.equal(error.code, code);
    assert.equal(error.retryable, false);
  });
}

test("a database that does not exist is an error of the call", async () => {
  const DB = fixture.sluice.database("nowhere");
  const error = await errorOf(() => DB.prepare("SELECT 1").first());
  assert.match(error.message, /^D1_ERROR: .*nowhere/);
  assert.equal(error.code, "not_found");
});

test("a name that no database can have is refused at once", () => {
  for (const name of [
    "",
    "App",
    "a.b",
    "a b",
    "*",
    "a".repeat(64),
    undefined,
    7,
  ]) {
    assert.throws(() => fixture.sluice.database(name), TypeError, String(name));
  }
});

test("a script names the line and the statement of its error", async () => {
  const script = `
CREATE TABLE a (
  x INTEGER CHECK (x > 0)
);
INSERT INTO a VALUES (1);

INSERT INTO a
VALUES (0);`;
  const error = await errorOf(() => fixture.DB.exec(script));
  assert.equal(
    error.message,
    "D1_EXEC_ERROR: Error in line 7: INSERT INTO a: CHECK constraint failed: " +
      "x > 0: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)",
  );
  assert.equal(error.code, "constraint");
  const left = await fixture.DB.prepare(
    "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'a'",
  ).first("n");
  assert.equal(left, 0);
});

test("lines without semicolons: the error of the way that went further", async () => {
  const { DB } = fixture;
  const messageOf = async (script) =>
    (await errorOf(() => DB.exec(script))).message;
  const lines = "UPDATE users SET id = id\nUPDATE nowhere SET x = 1";
  assert.match(
    await messageOf(lines),
    /^D1_EXEC_ERROR: Error in line 2: UPDATE nowhere SET x = 1: no such table/,
  );
  assert.match(
    await messageOf("CREATE TABLE b (\n  x INTEGER,,\n)"),
    /^D1_EXEC_ERROR: Error in line 1: CREATE TABLE b \(: near ","/,
  );
  assert.match(
    await messageOf("SELECT 1;\nCREATE TABLE b (\n  x\n);\nSELEC 2;"),
    /^D1_EXEC_ERROR: Error in line 5: SELEC 2;: near "SELEC"/,
  );
  const { count } = await DB.exec("SELECT 1 -- one\nSELECT 2 -- two");
  assert.equal(count, 2);
});

test("a script holds triggers and strings with semicolons", async () => {
  const { count } = await fixture.DB.exec(`
    CREATE TABLE log (line TEXT);
    CREATE TRIGGER logged AFTER INSERT ON users BEGIN
      INSERT INTO log VALUES ('a; b'); -- c; d
      INSERT INTO log VALUES (new.email);
    END;
    INSERT INTO users (email) VALUES (';');`);
  assert.equal(count, 3);
  const lines = await fixture.DB.prepare("SELECT line FROM log").raw();
  assert.deepEqual(lines, [["a; b"], [";"]]);
  await fixture.DB.exec("DROP TRIGGER logged");
});

test("with bigint, integers beyond 2^53 come and go exactly", async () => {
  const DB = fixture.DB.withOptions({ bigint: true });
  await DB.exec("CREATE TABLE ids (id INTEGER PRIMARY KEY, text)");
  const id = 2n ** 63n - 2n;
  const { meta } = await DB.prepare("INSERT INTO ids VALUES (?, ?)")
    .bind(id, "1234567890123456789")
    .run();
  assert.equal(meta.last_row_id, id);
  assert.deepEqual(
    await DB.prepare("SELECT id, text, 7 AS seven FROM ids WHERE id = ?")
      .bind(id)
      .first(),
    { id, text: "1234567890123456789", seven: 7 },
  );
  assert.deepEqual(await DB.prepare("SELECT -id, 1.5e300 FROM ids").raw(), [
    [-id, 1.5e300],
  ]);
  const rounded = await fixture.DB.prepare("SELECT id FROM ids").first("id");
  assert.equal(rounded, 2 ** 63);
});

test("bigint can be asked for on the whole connection", async () => {
  const sluice = await connect({ servers: fixture.url, bigint: true });
  const DB = sluice.database("app");
  const sql = "SELECT 9007199254740993 AS n";
  assert.equal(await DB.prepare(sql).first("n"), 9007199254740993n);
  const plain = sluice.database("app", { bigint: false });
  assert.equal(await plain.prepare(sql).first("n"), 9007199254740992);
  const [{ results }] = await DB.withSession().batch([DB.prepare(sql)]);
  assert.deepEqual(results, [{ n: 9007199254740993n }]);
  await sluice.close();
});

test("the same id is executed once, whoever sends it", async () => {
  const sql =
    "INSERT INTO users (email) VALUES ('once@example.org') RETURNING id";
  const sluice = await connect({ servers: fixture.url });
  const options = { messageId: "signup-17" };
  const first = await fixture.DB.withOptions(options).prepare(sql).first("id");
  const second = await sluice.database("app", options).prepare(sql).first("id");
  assert.equal(first, second);
  await sluice.close();
});

test("a batch takes only statements", async () => {
  for (const wrong of [
    "SELECT 1",
    null,
    { statement: "SELECT 1", params: [] },
  ]) {
    const error = await errorOf(() => fixture.DB.batch([wrong]));
    assert.match(
      error.message,
      /^D1_ERROR: batch\(\) takes an array of statements/,
    );
  }
});

test("its objects can be wrapped in proxies, and have D1's names", async () => {
  const wrap = (object) => new Proxy(object, {});
  const DB = wrap(fixture.DB);
  const statement = wrap(wrap(DB.prepare("SELECT ? AS a")).bind(1));
  assert.equal(await statement.first("a"), 1);
  const session = wrap(DB.withSession());
  const [{ results }] = await session.batch([statement]);
  assert.deepEqual(results, [{ a: 1 }]);
  assert.equal(typeof session.getBookmark(), "string");
  assert.deepEqual(
    [DB, statement, session].map((object) => object.constructor.name),
    ["D1Database", "D1PreparedStatement", "D1DatabaseSession"],
  );
  assert.deepEqual(Object.keys(statement), ["statement", "params"]);
});

test("a batch takes statements of sessions and of other options", async () => {
  const { DB } = fixture;
  const results = await DB.batch([
    DB.withSession().prepare("SELECT 1 AS a"),
    DB.withOptions({ bigint: true }).prepare("SELECT 2 AS a"),
  ]);
  assert.deepEqual(
    results.map(({ results: [row] }) => row.a),
    [1, 2],
  );
});

test("a bookmark of another database is an error", async () => {
  await fixture.sluice.databases.create("other");
  const session = fixture.sluice.database("other").withSession();
  await session.prepare("CREATE TABLE t (x)").run();
  const wrong = fixture.DB.withSession(session.getBookmark());
  const error = await errorOf(() => wrong.prepare("SELECT 1").all());
  assert.match(error.message, /^D1_ERROR: .*bookmark/);
  assert.equal(error.code, "bad_request");
});

test("a session's bookmark grows with its writes only", async () => {
  const session = fixture.DB.withSession("first-primary");
  await session.prepare("SELECT 1").run();
  const before = session.getBookmark();
  await session.prepare("INSERT INTO users (email) VALUES ('b')").run();
  const after = session.getBookmark();
  assert.ok(after > before);
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      session
        .prepare("INSERT INTO users (email) VALUES (?)")
        .bind(`c${i}`)
        .run(),
    ),
  );
  assert.equal(replies.length, 20);
  const last = session.getBookmark();
  await session.prepare("SELECT 1").run();
  assert.equal(session.getBookmark(), last);
});

test("options that cannot be right are refused", async () => {
  const wrong = [
    [{ requestTimeout: 0 }, /requestTimeout must be milliseconds/],
    [{ requestTimeout: 1.5 }, /requestTimeout/],
    [{ requestTimeout: "5s" }, /not "5s"/],
    [{ bigint: 1 }, /bigint must be true or false/],
    [{ retry: true }, /retry must be false or an object/],
    [{ retry: { tries: 3 } }, /no member tries, but attempts, backoff/],
    [{ maxResultBytes: -1 }, /maxResultBytes must be a whole number above 0/],
    [{ retry: { attempts: 0 } }, /retry\.attempts/],
    [{ signal: {} }, /AbortSignal/],
    [{ messageId: "" }, /messageId/],
    [{ messageId: "a\nb" }, /messageId/],
  ];
  for (const [options, text] of wrong) {
    const check = (error) =>
      error instanceof TypeError && text.test(error.message);
    assert.throws(() => fixture.DB.withOptions(options), check);
  }
  for (const prefix of ["", "a b", "a.*", "a.", 7]) {
    await assert.rejects(connect({ servers: fixture.url, prefix }), TypeError);
  }
});

test("nobody there: it says what was asked for, and where", async () => {
  const sluice = await connect({
    servers: fixture.url,
    prefix: "nobody",
    retry: { attempts: 2 },
  });
  const error = await errorOf(() =>
    sluice.database("app").prepare("SELECT 1").all(),
  );
  assert.equal(
    error.message,
    `D1_ERROR: no Sluice answers nobody.db.app.query at ${fixture.url}: is it running, with this subject prefix?`,
  );
  assert.equal(error.code, "unavailable");
  assert.equal(error.retryable, true);
  await sluice.close();
});

test("no NATS server: connect says where", async () => {
  const url = `nats://127.0.0.1:${await freePort()}`;
  const error = await errorOf(() => connect({ servers: url }));
  assert.equal(
    error.message,
    `no connection to NATS at ${url}: connection refused`,
  );
  assert.equal(error.code, "unavailable");
});

test("dispose closes", { skip: !Symbol.asyncDispose }, async () => {
  const sluice = await connect({ servers: fixture.url });
  await sluice[Symbol.asyncDispose]();
  const error = await errorOf(() =>
    sluice.database("app").prepare("SELECT 1").all(),
  );
  assert.equal(error.code, "unavailable");
});
