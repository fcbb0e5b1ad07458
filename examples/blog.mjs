// A small blog from Node: services over NATS, and D1's API on the same database.
// Each step checks what it gets. Needs once `npm ci --prefix clients/node`, and a
// server whose services may work on its database:
//
//   ./run --services-databases blog
//
//   node examples/blog.mjs [DATABASE] [URL of NATS]
//
// DATABASE is created; default: blog. The URL's default is
// nats://127.0.0.1:4222.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

// In a project of one's own: import … from "sluice-d1" and from
// "@nats-io/transport-node".
import { connect } from "../clients/node/index.js";
const require = createRequire(
  new URL("../clients/node/index.js", import.meta.url),
);
const nats = require("@nats-io/transport-node");

const [database = "blog", servers = "nats://127.0.0.1:4222"] =
  process.argv.slice(2);

/** Requests of the services, which are plain requests of NATS. */
class Services {
  #connection;
  #headers;

  constructor(connection, headers) {
    this.#connection = connection;
    this.#headers = headers;
  }

  /** The same with a header more. */
  with(name, value) {
    return new Services(this.#connection, { ...this.#headers, [name]: value });
  }

  /** The reply, or an error with the server's `code`. */
  async ask(what, body = {}) {
    const headers = nats.headers();
    for (const [name, value] of Object.entries(this.#headers)) {
      headers.set(name, value);
    }
    const reply = await this.#connection.request(
      `sluice.${what}`,
      JSON.stringify(body),
      { headers, timeout: 30_000 },
    );
    const { success, ...result } = reply.json();
    if (success) return result;
    throw Object.assign(new Error(`${what}: ${result.error}`), {
      code: result.code,
    });
  }
}

function step(text) {
  console.log(`# ${text}`);
}

/** A call that must be refused, with this code. */
async function mustFail(code, call) {
  await assert.rejects(call, (error) => {
    assert.equal(error.code, code, error.message);
    console.log(`  refused: ${error.message}`);
    return true;
  });
}

async function runBlog(services, DB) {
  step("The services make their tables; a migration adds one more.");
  const { users: nobody } = await services.ask("users.list");
  assert.deepEqual(nobody, []);
  const tables = await DB.prepare(
    "SELECT name FROM sqlite_schema WHERE name IN ('users', 'posts', 'categories')",
  ).all();
  assert.equal(tables.results.length, 3, "not all tables are there");
  const migrations = [
    {
      name: "0001_likes",
      sql: `CREATE TABLE likes (
        post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
        reader TEXT NOT NULL, PRIMARY KEY (post_id, reader))`,
    },
  ];
  const migrate = `db.${database}.migrations`;
  await services.ask(`${migrate}.apply`, { migrations });
  // What was applied is not applied again.
  await services.ask(`${migrate}.apply`, { migrations });
  const { migrations: applied } = await services.ask(`${migrate}.list`);
  assert.equal(applied.filter(({ name }) => name === "0001_likes").length, 1);

  step("Ann makes an account and logs in.");
  const account = { email: "ann@example.org", password: "correct horse" };
  const { user: ann } = await services.ask("auth.register", {
    name: "Ann Lee",
    ...account,
  });
  await mustFail("conflict", () =>
    services.ask("auth.register", { name: "Eve", ...account }),
  );
  await mustFail("unauthenticated", () =>
    services.ask("auth.login", { ...account, password: "wrong horse" }),
  );
  const login = await services.ask("auth.login", account);
  assert.equal(login.user.id, ann.id);
  const asAnn = services.with("Authorization", `Bearer ${login.token}`);
  const { user: self } = await asAnn.ask("me.get");
  assert.equal(self.email, account.email);
  assert.ok(!("password_hash" in self), "the hash of the password shows");
  await mustFail("unauthenticated", () => services.ask("me.get"));

  step("Bob is created with a first post: both, or none of them.");
  const withFirstPost = (name, email, title) =>
    DB.batch([
      DB.prepare(
        "INSERT INTO users (name, email) VALUES (?, ?) RETURNING id",
      ).bind(name, email),
      DB.prepare(
        "INSERT INTO posts (user_id, title) SELECT id, ? FROM users WHERE email = ? RETURNING id, user_id",
      ).bind(title, email),
    ]);
  const [made, posted] = await withFirstPost(
    "Bob",
    "bob@example.org",
    "A draft about rivers",
  );
  const bob = made.results[0];
  const draft = posted.results[0];
  assert.equal(draft.user_id, bob.id);
  await mustFail("constraint", () =>
    withFirstPost("Eve", "eve@example.org", null),
  );
  await mustFail("not_found", () =>
    services.ask("users.get", { email: "eve@example.org" }),
  );

  step("A category, and posts in it.");
  const { category } = await services.ask("categories.create", {
    name: "Travel",
  });
  const { post: danube } = await asAnn.ask("me.posts.create", {
    title: "Down the Danube",
    content: "Nine days by boat, from Ulm on.",
    category_id: category.id,
    published: true,
  });
  assert.equal(danube.user_id, ann.id);
  const { inserted_ids: ids } = await services.ask("posts.bulk_create", {
    posts: [
      {
        user_id: ann.id,
        title: "Boats of the Danube",
        content: "Which boat for which river?",
        published: true,
      },
      { user_id: bob.id, title: "Mountains", category_id: category.id },
    ],
  });
  assert.equal(ids.length, 2);
  const { posts: travels } = await services.ask("posts.list", {
    category_id: category.id,
  });
  assert.deepEqual(travels.map(({ title }) => title).sort(), [
    "Down the Danube",
    "Mountains",
  ]);

  step("The draft is changed and published; nobody else's token may do that.");
  const { post: changed } = await services.ask("posts.update", {
    id: draft.id,
    content: "All rivers lead to the sea.",
  });
  assert.equal(changed.title, "A draft about rivers");
  assert.equal(changed.content, "All rivers lead to the sea.");
  await mustFail("not_found", () =>
    asAnn.ask("me.posts.publish", { id: draft.id }),
  );
  const { post: published } = await services.ask("posts.publish", {
    id: draft.id,
  });
  assert.equal(published.published, true);

  step("Readers search, and find what is like a post.");
  const found = await services.ask("posts.search", { query: "danube boat*" });
  assert.equal(found.total, 2);
  assert.match(found.posts[0].snippet + found.posts[1].snippet, /<mark>/);
  assert.ok(found.posts.every(({ author_name }) => author_name === "Ann Lee"));
  const { posts: related } = await services.ask("posts.related", {
    id: danube.id,
  });
  assert.equal(related[0]?.title, "Boats of the Danube");
  assert.ok(related[0].similarity_score > 0);

  step("Likes, in the table of the migration, by D1's API.");
  const like = DB.prepare("INSERT INTO likes (post_id, reader) VALUES (?, ?)");
  await DB.batch([
    like.bind(danube.id, "Cleo"),
    like.bind(danube.id, "Dan"),
    like.bind(draft.id, "Cleo"),
  ]);
  await mustFail("conflict", () => like.bind(danube.id, "Dan").run());
  const liked = await DB.prepare(
    `SELECT posts.title, count(*) AS likes FROM likes
     JOIN posts ON posts.id = likes.post_id
     GROUP BY posts.id ORDER BY likes DESC`,
  ).all();
  assert.deepEqual(liked.results, [
    { title: "Down the Danube", likes: 2 },
    { title: "A draft about rivers", likes: 1 },
  ]);

  step("One line is changed, and the services see it.");
  const { meta } = await DB.prepare("UPDATE posts SET title = ? WHERE id = ?")
    .bind("About rivers", draft.id)
    .run();
  assert.ok(meta.changes >= 1 && meta.changed_db);
  const { post: renamed } = await services.ask("posts.get", { id: draft.id });
  assert.equal(renamed.title, "About rivers");
  const { total } = await services.ask("posts.search", {
    query: '"about rivers"',
  });
  assert.equal(total, 1);

  step("What came of it.");
  const users = await services.ask("analytics.users");
  assert.equal(users.total_users, 2);
  const posts = await services.ask("analytics.posts");
  assert.equal(posts.total_posts, 4);
  assert.equal(posts.published_posts, 3);
  const { authors } = await services.ask("analytics.top_authors", { limit: 1 });
  assert.equal(authors[0].post_count, 2);
  const { trends } = await services.ask("analytics.trends", { days: 2 });
  const sum = trends.reduce((all, day) => all + day.posts_created, 0);
  assert.equal(sum, 4);
  console.log(`  ${posts.total_posts} posts of ${users.total_users} users`);

  step("Ann logs out, and leaves with posts and likes.");
  await asAnn.ask("auth.logout");
  await mustFail("unauthenticated", () => asAnn.ask("me.get"));
  await services.ask("users.delete", { id: ann.id });
  await mustFail("not_found", () =>
    services.ask("posts.get", { id: danube.id }),
  );
  const left = await DB.prepare("SELECT count(*) AS n FROM likes").first("n");
  assert.equal(left, 1);
}

const sluice = await connect({ servers });
try {
  await sluice.databases.create(database);
  const connection = await nats.connect({ servers });
  try {
    const services = new Services(connection, { "Sluice-Database": database });
    await runBlog(services, sluice.database(database));
    console.log("The blog works.");
  } finally {
    await connection.close();
  }
} catch (error) {
  // Its line tells which step it was.
  console.error(`blog: ${error.stack}`);
  process.exitCode = 1;
} finally {
  await sluice.close();
}
