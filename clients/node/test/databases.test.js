// The catalogue.

import assert from "node:assert/strict";
import { test } from "node:test";

import { errorOf, openDatabase } from "./support/fixture.js";

const fixture = await openDatabase();

test("a database is made, shown, listed and deleted", async () => {
  const { databases } = fixture.sluice;
  const made = await databases.create("blog");
  assert.equal(made.name, "blog");
  assert.match(made.uuid, /^[0-9a-f-]{36}$/);
  assert.equal(made.version, "production");
  const DB = fixture.sluice.database("blog");
  await DB.exec("CREATE TABLE posts (id INTEGER PRIMARY KEY)");
  const shown = await databases.get("blog");
  assert.equal(shown.uuid, made.uuid);
  assert.equal(shown.num_tables, 1);
  assert.deepEqual(await databases.get({ uuid: made.uuid }), shown);
  const all = await databases.list();
  assert.deepEqual(all.map(({ name }) => name).sort(), ["app", "blog"]);
  assert.deepEqual([all.total, all.page], [2, 1]);
  await databases.delete("blog");
  const error = await errorOf(() => databases.get("blog"));
  assert.equal(error.code, "not_found");
  const gone = await errorOf(() => DB.prepare("SELECT 1").all());
  assert.equal(gone.code, "not_found");
});

test("a list has pages, and can be searched", async () => {
  const { databases } = fixture.sluice;
  for (let i = 0; i < 5; i += 1) await databases.create(`page-${i}`);
  const second = await databases.list({ name: "page-", page: 2, perPage: 2 });
  assert.equal(second.length, 2);
  assert.deepEqual([second.total, second.page, second.perPage], [5, 2, 2]);
  assert.deepEqual([...(await databases.list({ name: "page-4" }))].length, 1);
});

test("a name that is taken is a conflict", async () => {
  const error = await errorOf(() => fixture.sluice.databases.create("app"));
  assert.equal(error.code, "conflict");
  assert.equal(error.retryable, false);
  assert.match(error.message, /app/);
});

test("a wrong name is named", async () => {
  const error = await errorOf(() => fixture.sluice.databases.create("No!"));
  assert.equal(error.code, "bad_request");
});
