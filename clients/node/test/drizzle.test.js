// drizzle-orm's driver for D1, unchanged.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { desc, eq, relations, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { migrate } from "drizzle-orm/d1/migrator";
import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { openDatabase } from "./support/fixture.js";
import { temporaryFolder } from "./support/processes.js";

const users = sqliteTable("users", {
  id: integer("id").primaryKey({ autoIncrement: true }),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  isAdmin: integer("is_admin", { mode: "boolean" }).notNull().default(false),
  createdAt: integer("created_at", { mode: "timestamp" }),
  settings: text("settings", { mode: "json" }),
});

const posts = sqliteTable("posts", {
  id: integer("id").primaryKey(),
  authorId: integer("author_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  title: text("title").notNull(),
  picture: blob("picture", { mode: "buffer" }),
});

const schema = {
  users,
  posts,
  usersRelations: relations(users, ({ many }) => ({ posts: many(posts) })),
  postsRelations: relations(posts, ({ one }) => ({
    author: one(users, { fields: [posts.authorId], references: [users.id] }),
  })),
};

const { DB } = await openDatabase();
await DB.exec(`
  CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    is_admin INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER,
    settings TEXT
  );
  CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    picture BLOB
  );`);
const db = drizzle(DB, { schema });
const createdAt = new Date("2026-01-02T03:04:05Z");

test("it inserts, and returns what it inserted", async () => {
  const [ann] = await db
    .insert(users)
    .values({
      name: "Ann",
      email: "ann@example.org",
      isAdmin: true,
      createdAt,
      settings: { theme: "dark" },
    })
    .returning();
  assert.deepEqual(ann, {
    id: 1,
    name: "Ann",
    email: "ann@example.org",
    isAdmin: true,
    createdAt,
    settings: { theme: "dark" },
  });
  const { meta } = await db
    .insert(users)
    .values({ name: "Ben", email: "ben@example.org" });
  assert.equal(meta.last_row_id, 2);
});

test("it inserts many rows, with blobs", async () => {
  await db.insert(posts).values([
    { authorId: 1, title: "One", picture: Buffer.from([1, 2, 255]) },
    { authorId: 1, title: "Two" },
    { authorId: 2, title: "Three" },
  ]);
  const one = await db.select().from(posts).where(eq(posts.title, "One")).get();
  assert.deepEqual([...one.picture], [1, 2, 255]);
});

test("it selects, joins, counts and orders", async () => {
  const joined = await db
    .select({ name: users.name, count: sql`count(*)`.mapWith(Number) })
    .from(posts)
    .innerJoin(users, eq(users.id, posts.authorId))
    .groupBy(users.id)
    .orderBy(desc(sql`count(*)`));
  assert.deepEqual(joined, [
    { name: "Ann", count: 2 },
    { name: "Ben", count: 1 },
  ]);
});

test("columns of one name in two tables do not mix", async () => {
  const [row] = await db
    .select()
    .from(posts)
    .innerJoin(users, eq(users.id, posts.authorId))
    .where(eq(posts.title, "Three"));
  assert.equal(row.posts.id, 3);
  assert.equal(row.users.id, 2);
});

test("relational queries", async () => {
  const ann = await db.query.users.findFirst({
    where: eq(users.name, "Ann"),
    with: { posts: { columns: { title: true }, orderBy: posts.id } },
  });
  assert.deepEqual(ann.posts, [{ title: "One" }, { title: "Two" }]);
});

test("prepared queries with placeholders", async () => {
  const byId = db
    .select({ name: users.name })
    .from(users)
    .where(eq(users.id, sql.placeholder("id")))
    .prepare();
  assert.deepEqual(await byId.all({ id: 2 }), [{ name: "Ben" }]);
  assert.deepEqual(await byId.get({ id: 1 }), { name: "Ann" });
});

test("a batch is one transaction", async () => {
  const [inserted, all] = await db.batch([
    db
      .insert(users)
      .values({ name: "Cyd", email: "cyd@example.org" })
      .returning(),
    db.select({ name: users.name }).from(users),
  ]);
  assert.equal(inserted[0].name, "Cyd");
  assert.equal(all.length, 3);
  await assert.rejects(
    db.batch([
      db.insert(users).values({ name: "Dan", email: "dan@example.org" }),
      db.insert(users).values({ name: "Eve", email: "ann@example.org" }),
    ]),
    /UNIQUE constraint failed: users\.email/,
  );
  assert.equal(await db.$count(users), 3);
});

test("it updates and deletes, and references cascade", async () => {
  const updated = await db
    .update(users)
    .set({ isAdmin: true })
    .where(eq(users.name, "Ben"))
    .returning({ isAdmin: users.isAdmin });
  assert.deepEqual(updated, [{ isAdmin: true }]);
  const { meta } = await db.delete(users).where(eq(users.name, "Ann"));
  assert.equal(meta.changes, 3);
  assert.equal(await db.$count(posts), 1);
});

test("raw SQL", async () => {
  assert.deepEqual(await db.all(sql`SELECT ${7} AS n, ${"a"} AS text`), [
    { n: 7, text: "a" },
  ]);
  assert.deepEqual(await db.get(sql`SELECT 1 AS n`), { n: 1 });
  const { success } = await db.run(sql`CREATE TABLE extra (x)`);
  assert.equal(success, true);
});

test("its migrator runs what drizzle-kit writes", async () => {
  const migrationsFolder = await temporaryFolder();
  const breakpoint = "\n--> statement-breakpoint\n";
  const entries = [
    ["0000_notes", ["CREATE TABLE `notes` (\n  `id` integer PRIMARY KEY\n);"]],
    [
      "0001_text",
      [
        "PRAGMA foreign_keys=OFF;",
        "CREATE TABLE `__new_notes` (\n  `id` integer PRIMARY KEY,\n  `text` text\n);",
        'INSERT INTO `__new_notes`("id") SELECT "id" FROM `notes`;',
        "DROP TABLE `notes`;",
        "ALTER TABLE `__new_notes` RENAME TO `notes`;",
        "PRAGMA foreign_keys=ON;",
      ],
    ],
  ];
  await mkdir(join(migrationsFolder, "meta"));
  await writeFile(
    join(migrationsFolder, "meta/_journal.json"),
    JSON.stringify({
      version: "7",
      dialect: "sqlite",
      entries: entries.map(([tag], idx) => ({
        idx,
        version: "6",
        when: idx + 1,
        tag,
        breakpoints: true,
      })),
    }),
  );
  for (const [tag, statements] of entries) {
    await writeFile(
      join(migrationsFolder, `${tag}.sql`),
      statements.join(breakpoint),
    );
  }
  await migrate(db, { migrationsFolder });
  await migrate(db, { migrationsFolder });
  await db.run(sql`INSERT INTO notes (text) VALUES ('a')`);
  assert.deepEqual(await db.all(sql`SELECT * FROM notes`), [
    { id: 1, text: "a" },
  ]);
});
