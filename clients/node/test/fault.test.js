// Lost replies, lost connections, killed servers: what was called once is in
// the database once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { queryFile, until } from "./support/database_file.js";
import { errorOf } from "./support/fixture.js";
import {
  startNats,
  startSluice,
  temporaryFolder,
} from "./support/processes.js";
import { startProxy } from "./support/proxy.js";

const patient = {
  requestTimeout: 120_000,
  retry: { silence: 500, attempts: 1_000 },
};
const table = "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER)";

/** Inserts numbers from `clients` sides at once until it is told to stop. */
function startLoad(DB, clients) {
  const load = { acknowledged: [], failed: [], isOver: false };
  let next = 0;
  const insert = DB.prepare("INSERT INTO t (x) VALUES (?)");
  const one = async () => {
    while (!load.isOver) {
      const x = next++;
      try {
        const { meta } = await insert.bind(x).run();
        assert.equal(meta.changes, 1);
        load.acknowledged.push(x);
      } catch (error) {
        load.failed.push({ x, error });
      }
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, one));
  return Object.assign(load, {
    async stop() {
      load.isOver = true;
      await ended;
    },
  });
}

async function assertOnce(DB, { acknowledged, failed }) {
  const rows = await DB.prepare("SELECT x, count(*) FROM t GROUP BY x").raw();
  const counts = new Map(rows);
  for (const x of acknowledged) assert.equal(counts.get(x), 1, `row ${x}`);
  for (const [x, count] of counts) assert.equal(count, 1, `row ${x}`);
  assert.deepEqual(
    failed.map(({ error }) => error.message),
    [],
  );
  assert.equal(counts.size, acknowledged.length);
}

test("a reply that is lost with the connection comes again", async (t) => {
  const nats = await startNats(t);
  const server = await startSluice(t, { nats: nats.url });
  const proxy = await startProxy(t, nats.url);
  const sluice = await connect({ servers: proxy.url, ...patient });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec(table);
  for (let round = 1; round <= 5; round += 1) {
    proxy.keepsReplies = true;
    const call = DB.prepare("INSERT INTO t (x) VALUES (?) RETURNING id, x")
      .bind(round)
      .first();
    // It is committed, and nobody has told the client.
    await until(
      async () =>
        (await queryFile(server.data, "SELECT count(*) FROM t")) === `${round}`,
      "the row",
    );
    proxy.keepsReplies = false;
    proxy.cut();
    assert.deepEqual(await call, { id: round, x: round });
  }
  assert.equal(await DB.prepare("SELECT count(*) AS n FROM t").first("n"), 5);
  await sluice.close();
});

test("a server that is killed between commit and reply", async (t) => {
  const nats = await startNats(t);
  const proxy = await startProxy(t, nats.url);
  // The server's own connection is the one that loses its replies.
  let server = await startSluice(t, { nats: proxy.url });
  const { data } = server;
  const sluice = await connect({ servers: nats.url, ...patient });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec(table);
  for (let round = 1; round <= 3; round += 1) {
    proxy.keepsRequests = true; // What the server sends to NATS.
    const call = DB.batch([
      DB.prepare("INSERT INTO t (x) VALUES (?)").bind(round),
      DB.prepare("SELECT count(*) AS n FROM t"),
    ]);
    await until(
      async () =>
        (await queryFile(data, "SELECT count(*) FROM t")) === `${round}`,
      "the row",
    );
    await server.stop("SIGKILL");
    proxy.cut();
    proxy.keepsRequests = false;
    server = await startSluice(t, { nats: proxy.url, data });
    const [{ meta }, { results }] = await call;
    assert.equal(meta.changes, 1);
    assert.deepEqual(results, [{ n: round }]);
  }
  await sluice.close();
});

/** Has something fail again and again under load: each row is there once. */
async function assertOnceDespite(DB, { rounds, rows }, fail) {
  await DB.exec(table);
  const load = startLoad(DB, 16);
  for (let round = 0; round <= rounds; round += 1) {
    const seen = load.acknowledged.length;
    await until(
      () => load.acknowledged.length > seen + rows,
      "some rows",
      60_000,
    );
    if (round < rounds) await fail();
  }
  await load.stop();
  await assertOnce(DB, load);
}

test("NATS goes and comes back under load", async (t) => {
  let nats = await startNats(t);
  await startSluice(t, { nats: nats.url });
  const sluice = await connect({ servers: nats.url, ...patient });
  await sluice.databases.create("app");
  const load = { rounds: 3, rows: 200 };
  await assertOnceDespite(sluice.database("app"), load, async () => {
    await nats.stop("SIGKILL");
    nats = await startNats(t, { port: nats.port });
  });
  await sluice.close();
});

test("the server is killed and comes back under load", async (t) => {
  const nats = await startNats(t);
  let server = await startSluice(t, { nats: nats.url });
  const { data } = server;
  const sluice = await connect({ servers: nats.url, ...patient });
  await sluice.databases.create("app");
  const load = { rounds: 5, rows: 200 };
  await assertOnceDespite(sluice.database("app"), load, async () => {
    await server.stop("SIGKILL");
    server = await startSluice(t, { nats: nats.url, data });
  });
  await sluice.close();
});

test("a connection that is cut under load is made anew", async (t) => {
  const nats = await startNats(t);
  await startSluice(t, { nats: nats.url });
  const proxy = await startProxy(t, nats.url);
  const sluice = await connect({ servers: proxy.url, ...patient });
  await sluice.databases.create("app");
  const load = { rounds: 10, rows: 50 };
  await assertOnceDespite(sluice.database("app"), load, () => proxy.cut());
  await sluice.close();
});

test("a stream whose connection is cut begins again", async (t) => {
  const nats = await startNats(t);
  await startSluice(t, { nats: nats.url });
  const proxy = await startProxy(t, nats.url);
  const sluice = await connect({ servers: proxy.url, ...patient });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  const sql = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
    WHERE i < 60000) SELECT i, 'some text that takes room in a part' FROM n`;
  const call = DB.prepare(sql).raw();
  const cuts = setInterval(() => proxy.cut(), 40);
  setTimeout(() => clearInterval(cuts), 200);
  const rows = await call;
  assert.equal(rows.length, 60_000);
  assert.ok(rows.every(([i], at) => i === at + 1));
  await sluice.close();
});

test("calls made while NATS is away wait for it", async (t) => {
  const nats = await startNats(t);
  await startSluice(t, { nats: nats.url });
  const sluice = await connect({ servers: nats.url, ...patient });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await nats.stop("SIGKILL");
  const short = await errorOf(() =>
    DB.withOptions({ requestTimeout: 300 }).prepare("DELETE FROM t").run(),
  );
  assert.match(short.message, /the connection to NATS .* is lost/);
  assert.equal(short.code, "timeout");
  const call = DB.prepare("SELECT 1 AS x").first("x");
  await startNats(t, { port: nats.port });
  assert.equal(await call, 1);
  await sluice.close();
});

test("a NATS server that is gone for good ends the calls", async (t) => {
  const nats = await startNats(t);
  await startSluice(t, { nats: nats.url });
  const sluice = await connect({
    servers: nats.url,
    maxReconnectAttempts: 2,
    reconnectTimeWait: 10,
  });
  const DB = sluice.database("app");
  await nats.stop("SIGKILL");
  for (let round = 0; round < 2; round += 1) {
    const error = await errorOf(() => DB.prepare("SELECT 1").first());
    assert.match(error.message, /^D1_ERROR: the connection to NATS is closed/);
    assert.equal(error.code, "unavailable");
  }
  await sluice.close();
});

test("what NATS does not permit is told at once", async (t) => {
  const folder = await temporaryFolder();
  const { writeFile } = await import("node:fs/promises");
  const config = `${folder}/nats.conf`;
  await writeFile(
    config,
    `authorization { users = [
      { user: guest, password: guest, permissions: {
        publish: ["sluice.db.app.query"], subscribe: ["_INBOX_guest.>"] } } ] }`,
  );
  const nats = await startNats(t, { settings: ["--config", config] });
  const guest = { servers: nats.url, user: "guest", pass: "guest" };
  const sluice = await connect({ ...guest, inboxPrefix: "_INBOX_guest" });
  const error = await errorOf(() => sluice.database("app").exec("SELECT 1"));
  assert.equal(
    error.message,
    "D1_EXEC_ERROR: NATS does not permit this connection to send to sluice.db.app.exec",
  );
  assert.equal(error.code, "not_authorized");
  await sluice.close();
  const other = await connect(guest);
  const refused = await errorOf(() =>
    other.database("app").prepare("SELECT 1").first(),
  );
  assert.match(refused.message, /listen to _INBOX\..*inboxPrefix/);
  await other.close();
  const wrong = await errorOf(() => connect({ ...guest, pass: "wrong" }));
  assert.match(wrong.message, /^no connection to NATS at .*Authorization/i);
});
