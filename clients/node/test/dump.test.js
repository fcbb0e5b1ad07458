// The bytes of a database.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { errorOf, openDatabase } from "./support/fixture.js";
import { temporaryFolder } from "./support/processes.js";

const run = promisify(execFile);
const { DB, sluice } = await openDatabase();

test("a dump is a file that SQLite opens, of what was committed", async () => {
  await DB.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, bytes BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 3000)
    INSERT INTO t SELECT i, randomblob(1000) FROM n;`);
  const bytes = await DB.dump();
  assert.ok(bytes instanceof ArrayBuffer);
  assert.ok(bytes.byteLength > 3_000_000);
  assert.equal(
    Buffer.from(bytes, 0, 16).toString("latin1"),
    "SQLite format 3\0",
  );
  const file = `${await temporaryFolder()}/dump.sqlite`;
  await writeFile(file, Buffer.from(bytes));
  const { stdout } = await run("sqlite3", [
    file,
    "PRAGMA integrity_check; SELECT count(*), sum(length(bytes)) FROM t;",
  ]);
  assert.equal(stdout, "ok\n3000|3000000\n");
});

test("an empty database has a dump", async () => {
  await sluice.databases.create("empty");
  const bytes = await sluice.database("empty").dump();
  assert.ok(bytes.byteLength >= 512);
});

test("a dump of a database that does not exist is D1's error", async () => {
  const error = await errorOf(() => sluice.database("nowhere").dump());
  assert.match(error.message, /^D1_DUMP_ERROR: .*nowhere/);
  assert.equal(error.code, "not_found");
});
