// Streams that are no faster than who reads them.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";

import { connect as connectNats, headers } from "@nats-io/transport-node";

import { connect } from "../index.js";
import { until } from "./support/database_file.js";
import { startFake, rowsReply } from "./support/fake_sluice.js";
import { errorOf } from "./support/fixture.js";
import {
  startNats,
  startSluice,
  temporaryFolder,
} from "./support/processes.js";
import { startProxy } from "./support/proxy.js";

const tooLarge = {
  success: false,
  error: "the reply is larger than max_payload; see Sluice-Stream",
  code: "too_large",
  retryable: false,
};

test("what streams asks for a window, and nothing else does", async (t) => {
  const nats = await startNats(t);
  const requests = await startFake(t, nats.url, ({ streams }) =>
    streams ? { success: false, error: "no", code: "internal" } : tooLarge,
  );
  const sluice = await connect({ servers: nats.url });
  const DB = sluice.database("app");
  await errorOf(() => DB.prepare("SELECT x FROM t").all());
  await errorOf(() => DB.dump());
  assert.deepEqual(
    requests.map(({ subject, window }) => [subject, window]),
    [
      ["sluice.db.app.query", ""],
      ["sluice.db.app.query", "32"],
      ["sluice.db.app.dump", "32"],
    ],
  );
  await sluice.close();
});

/** Sends parts of a stream one by one, and hears the answers to them. */
async function startStreaming(t, url) {
  const connection = await connectNats({ servers: url });
  t.after(() => connection.close());
  const stream = { answers: 0, isAbandoned: false, sequence: 0, to: undefined };
  const watch = "_INBOX.watch.1";
  connection.subscribe(watch, {
    callback: (error, message) => {
      assert.equal(message.data.length, 0);
      if (message.headers?.code === 503) stream.isAbandoned = true;
      else stream.answers += 1;
    },
  });
  connection.subscribe("sluice.>", {
    callback: (error, message) => {
      stream.to = message.reply;
    },
  });
  await connection.flush();
  const send = (body, { isFinal, sequence = stream.sequence } = {}) => {
    const made = headers();
    made.set("Sluice-Sequence", String(sequence));
    stream.sequence = sequence + 1;
    if (isFinal) made.set("Sluice-Final", "true");
    const reply = isFinal ? undefined : watch;
    connection.publish(stream.to, body, { headers: made, reply });
  };
  return Object.assign(stream, { send, flush: () => connection.flush() });
}

test("each part is answered once, and the last message is not", async (t) => {
  const nats = await startNats(t);
  const stream = await startStreaming(t, nats.url);
  const sluice = await connect({ servers: nats.url });
  const dump = sluice.database("app").dump();
  await until(() => stream.to, "the request");
  for (let part = 1; part <= 40; part += 1) {
    stream.send("12345");
    await until(() => stream.answers === part, `answer ${part}`);
  }
  stream.send('{"success":true,"file_size":200}', { isFinal: true });
  assert.equal((await dump).byteLength, 200);
  await sluice.close();
  await stream.flush();
  assert.equal(stream.answers, 40);
});

test("a stream that is aborted lets the server see that", async (t) => {
  const nats = await startNats(t);
  const stream = await startStreaming(t, nats.url);
  const sluice = await connect({ servers: nats.url });
  const abort = new AbortController();
  const DB = sluice.database("app").withOptions({ signal: abort.signal });
  const dump = errorOf(() => DB.dump());
  await until(() => stream.to, "the request");
  stream.send("12345");
  await until(() => stream.answers === 1, "the answer");
  abort.abort();
  assert.equal((await dump).name, "AbortError");
  // Who waits for an answer gets one, and then meets nobody.
  await until(() => stream.answers === 2, "the last answer");
  stream.send("12345");
  await until(() => stream.isAbandoned, "the status 503");
  assert.equal(stream.answers, 2);
  await sluice.close();
});

test("a stream of which a part is lost is left, and asked for again", async (t) => {
  const nats = await startNats(t);
  const stream = await startStreaming(t, nats.url);
  const sluice = await connect({ servers: nats.url });
  const dump = sluice.database("app").dump();
  await until(() => stream.to, "the request");
  const first = stream.to;
  stream.send("12345");
  stream.send("12345", { sequence: 2 });
  await until(() => stream.to !== first, "the second request");
  stream.sequence = 0;
  stream.send("1234567");
  stream.send('{"success":true,"file_size":7}', { isFinal: true });
  assert.equal((await dump).byteLength, 7);
  await sluice.close();
});

test("without another attempt a lost part is an error at once", async (t) => {
  const nats = await startNats(t);
  const stream = await startStreaming(t, nats.url);
  const sluice = await connect({ servers: nats.url, retry: false });
  const dump = errorOf(() => sluice.database("app").dump());
  await until(() => stream.to, "the request");
  stream.send("12345", { sequence: 1 });
  const error = await dump;
  assert.equal(
    error.message,
    "D1_DUMP_ERROR: messages of the reply of sluice.db.app.dump were lost on the way",
  );
  assert.equal(error.code, "unavailable");
  assert.equal(error.retryable, true);
  await sluice.close();
});

const fill = `CREATE TABLE big AS WITH RECURSIVE n(i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24000)
  SELECT i AS id, '${"x".repeat(1_000)}' AS text FROM n`;

test("a slow reader gets all of a large result and of a dump", async (t) => {
  const folder = await temporaryFolder();
  await writeFile(`${folder}/nats.conf`, 'write_deadline: "200ms"\n');
  const nats = await startNats(t, {
    settings: ["--config", `${folder}/nats.conf`],
  });
  await startSluice(t, {
    nats: nats.url,
    settings: ["--stream-part-bytes", "16384"],
  });
  const proxy = await startProxy(t, nats.url);
  const sluice = await connect({ servers: proxy.url, retry: false });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec(fill);
  proxy.pause = 600;
  const { results } = await DB.prepare("SELECT id, text FROM big").all();
  assert.equal(results.length, 24_000);
  assert.ok(results.every(({ id, text }, i) => id === i + 1 && text));
  const bytes = await DB.dump();
  assert.ok(bytes.byteLength > 24_000_000);
  assert.equal(nats.log.includes("Slow Consumer"), false);
  await sluice.close();
});

test("a reader that is busy with something else gets all of it", async (t) => {
  const server = await startSluice(t, {
    settings: ["--stream-part-bytes", "16384"],
  });
  const sluice = await connect({ servers: server.url, retry: false });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec(fill.replace("24000", "8000"));
  const busy = setInterval(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }, 1);
  t.after(() => clearInterval(busy));
  const { results } = await DB.prepare("SELECT id, text FROM big").all();
  assert.equal(results.length, 8_000);
  assert.ok((await DB.dump()).byteLength > 8_000_000);
  await sluice.close();
});

test("the server ends a stream that is aborted", async (t) => {
  const server = await startSluice(t, {
    settings: ["--stream-part-bytes", "1024", "--readers-count", "2"],
  });
  const nats = await connectNats({ servers: server.url });
  t.after(() => nats.close());
  const failed = async () => {
    const stats = await nats.request("$SRV.STATS.sluice");
    const { endpoints } = stats.json();
    return endpoints.find(({ subject }) => subject === "sluice.db.*.query")
      .num_errors;
  };
  const sluice = await connect({ servers: server.url });
  await sluice.databases.create("app");
  const abort = new AbortController();
  const DB = sluice.database("app").withOptions({ signal: abort.signal });
  const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
    SELECT i + 1 FROM n) SELECT i, 'text that fills a part' FROM n`;
  const call = errorOf(() => DB.prepare(endless).all());
  // The first request is too large, the second streams.
  await until(async () => (await failed()) === 1, "the stream");
  let parts = 0;
  const spy = nats.subscribe("_INBOX.>", { callback: () => (parts += 1) });
  await until(() => parts > 100, "some parts");
  spy.unsubscribe();
  await nats.flush();
  abort.abort(new Error("the user left"));
  assert.equal((await call).message, "the user left");
  // Well before its deadline of 30 s.
  await until(async () => (await failed()) === 2, "its end", 10_000);
  await sluice.close();
});

test("who may not answer gets streams as well, and waits once", async (t) => {
  const folder = await temporaryFolder();
  await writeFile(
    `${folder}/nats.conf`,
    `authorization { users = [
      { user: service, password: service },
      { user: app, password: app, permissions: {
        publish: ["sluice.>"], subscribe: ["_INBOX_app.>"] } } ] }`,
  );
  const nats = await startNats(t, {
    settings: ["--config", `${folder}/nats.conf`],
  });
  await startSluice(t, {
    nats: nats.url,
    settings: [
      ...["--nats-user", "service", "--nats-password", "service"],
      ...["--stream-part-bytes", "4096"],
    ],
  });
  const service = { servers: nats.url, user: "service", pass: "service" };
  const spy = await connectNats(service);
  t.after(() => spy.close());
  const windows = [];
  spy.subscribe("sluice.db.app.dump", {
    callback: (error, message) => {
      windows.push(message.headers.get("Sluice-Window"));
    },
  });
  await spy.flush();
  const sluice = await connect({
    servers: nats.url,
    user: "app",
    pass: "app",
    inboxPrefix: "_INBOX_app",
  });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec(fill.replace("24000", "4000"));
  assert.ok((await DB.dump()).byteLength > 4_000_000);
  assert.ok((await DB.dump()).byteLength > 4_000_000);
  // The second one does not ask for what it cannot have.
  await until(() => windows.length === 2, "both requests");
  assert.deepEqual(windows, ["32", ""]);
  assert.equal(
    (await DB.prepare("SELECT id, text FROM big").all()).results.length,
    4_000,
  );
  await sluice.close();
});

test("close waits for the second request of a call", async (t) => {
  const nats = await startNats(t);
  let closed;
  let sluice;
  await startFake(t, nats.url, ({ streams }) => {
    if (!streams) {
      closed = sluice.close();
      return tooLarge;
    }
    const rows = { columns: ["x"], rows: [[7]] };
    const { meta } = rowsReply();
    const last = { "Sluice-Sequence": 1, "Sluice-Final": "true" };
    return [
      { partHeaders: { "Sluice-Sequence": 0 }, ...rows },
      { partHeaders: last, success: true, meta },
    ];
  });
  sluice = await connect({ servers: nats.url });
  const x = await sluice.database("app").prepare("SELECT x FROM t").first("x");
  assert.equal(x, 7);
  await closed;
});

function afterAWhile(reply) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  return reply;
}

test("all requests of a call have the time of one", async (t) => {
  const nats = await startNats(t);
  const requests = await startFake(t, nats.url, (request, number) =>
    number === 0 ? afterAWhile(tooLarge) : null,
  );
  const sluice = await connect({ servers: nats.url, requestTimeout: 400 });
  const DB = sluice.database("app");
  const error = await errorOf(() => DB.prepare("SELECT x FROM t").all());
  assert.equal(error.code, "timeout");
  assert.equal(requests[0].timeout, 400);
  assert.ok(requests[1].timeout < 400, `${requests[1].timeout}`);
  await sluice.close();
});
