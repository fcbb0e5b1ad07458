// Kysely's dialect for D1, unchanged.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Kysely, sql } from "kysely";
import { D1Dialect } from "kysely-d1";

import { openDatabase } from "./support/fixture.js";

const { DB } = await openDatabase();
const db = new Kysely({ dialect: new D1Dialect({ database: DB }) });

test("it makes tables", async () => {
  await db.schema
    .createTable("users")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("age", "integer")
    .execute();
  await db.schema
    .createIndex("users_name")
    .on("users")
    .column("name")
    .execute();
});

test("it inserts", async () => {
  const result = await db
    .insertInto("users")
    .values([
      { name: "Ann", age: 31 },
      { name: "Ben", age: null },
    ])
    .executeTakeFirstOrThrow();
  assert.equal(result.insertId, 2n);
  assert.equal(result.numInsertedOrUpdatedRows, 2n);
  const cyd = await db
    .insertInto("users")
    .values({ name: "Cyd", age: 23 })
    .returning(["id", "name"])
    .executeTakeFirstOrThrow();
  assert.deepEqual(cyd, { id: 3, name: "Cyd" });
});

test("it selects", async () => {
  const rows = await db
    .selectFrom("users")
    .select(["name", (eb) => eb.fn.coalesce("age", sql`-1`).as("age")])
    .where("id", "in", [1, 2, 3])
    .orderBy("name", "desc")
    .limit(2)
    .execute();
  assert.deepEqual(rows, [
    { name: "Cyd", age: 23 },
    { name: "Ben", age: -1 },
  ]);
  const none = await db
    .selectFrom("users")
    .selectAll()
    .where("id", "=", 99)
    .executeTakeFirst();
  assert.equal(none, undefined);
});

test("it updates and deletes", async () => {
  const updated = await db
    .updateTable("users")
    .set({ age: 32 })
    .where("name", "=", "Ann")
    .executeTakeFirst();
  assert.equal(updated.numUpdatedRows, 1n);
  const deleted = await db
    .deleteFrom("users")
    .where("age", "is", null)
    .executeTakeFirst();
  assert.equal(deleted.numDeletedRows, 1n);
});

test("it reads the schema", async () => {
  const tables = await db.introspection.getTables();
  const { columns } = tables.find(({ name }) => name === "users");
  assert.deepEqual(
    columns.map(({ name, isAutoIncrementing }) => [name, isAutoIncrementing]),
    [
      ["id", true],
      ["name", false],
      ["age", false],
    ],
  );
});

test("an error is D1's", async () => {
  await assert.rejects(
    db.insertInto("users").values({ id: 1, name: "Dan" }).execute(),
    {
      message:
        "D1_ERROR: UNIQUE constraint failed: users.id: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)",
      code: "conflict",
    },
  );
});
