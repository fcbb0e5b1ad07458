// How long a call may take, and who may end it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { refusalReply, rowsReply, startFake } from "./support/fake_sluice.js";
import { errorOf, openDatabase } from "./support/fixture.js";
import { startNats } from "./support/processes.js";

const fixture = await openDatabase();

const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
 SELECT count(*) FROM n`;

async function silentDatabase(t, options = {}) {
  const nats = await startNats(t);
  const requests = await startFake(t, nats.url, () => null);
  const sluice = await connect({ servers: nats.url, ...options });
  return { DB: sluice.database("app"), sluice, requests };
}

test("the server ends what takes too long", async () => {
  const DB = fixture.DB.withOptions({ requestTimeout: 100 });
  const error = await errorOf(() => DB.prepare(endless).first());
  assert.match(error.message, /^D1_ERROR: /);
  assert.equal(error.code, "timeout");
  assert.equal(await DB.prepare("SELECT 1 AS x").first("x"), 1);
});

test("a message that asks whether somebody waits is no reply", async () => {
  const DB = fixture.DB.withOptions({ requestTimeout: 1_500 });
  const error = await errorOf(() => DB.prepare(endless).first());
  assert.match(error.message, /interrupted/);
  assert.equal(error.code, "timeout");
});

test("a read without a reply ends at its deadline, and can be tried again", async (t) => {
  const { DB, sluice } = await silentDatabase(t, { requestTimeout: 50 });
  const begin = performance.now();
  const error = await errorOf(() => DB.prepare("SELECT 1").first());
  assert.ok(performance.now() - begin < 5_000);
  assert.equal(
    error.message,
    "D1_ERROR: no reply from sluice.db.app.query within 50 ms",
  );
  assert.equal(error.code, "timeout");
  assert.equal(error.retryable, true);
  await sluice.close();
});

test("a write without a reply may have been executed", async (t) => {
  const { DB, sluice } = await silentDatabase(t, { requestTimeout: 50 });
  const error = await errorOf(() => DB.exec("DELETE FROM t"));
  assert.match(error.message, /^D1_EXEC_ERROR: .*it may have been executed$/);
  assert.equal(error.retryable, false);
  await sluice.close();
});

test("a signal ends the wait, with its reason", async (t) => {
  const { DB, sluice, requests } = await silentDatabase(t);
  const abort = new AbortController();
  const call = DB.withOptions({ signal: abort.signal })
    .prepare("SELECT 1")
    .all();
  abort.abort(new Error("the user left"));
  await assert.rejects(call, { message: "the user left" });
  const late = DB.withOptions({ signal: abort.signal }).prepare("SELECT 1");
  await assert.rejects(late.all(), { message: "the user left" });
  assert.ok(requests.length <= 1);
  await sluice.close();
});

test("without a reason it is an AbortError", async (t) => {
  const { DB, sluice } = await silentDatabase(t);
  const error = await errorOf(() =>
    DB.withOptions({ signal: AbortSignal.abort() }).prepare("SELECT 1").run(),
  );
  assert.equal(error.name, "AbortError");
  await sluice.close();
});

test("a signal that times out ends a batch", async () => {
  const DB = fixture.DB.withOptions({ signal: AbortSignal.timeout(100) });
  const error = await errorOf(() => DB.batch([DB.prepare(endless)]));
  assert.equal(error.name, "TimeoutError");
});

test("a signal that is not used leaves nothing behind", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args) => {
    listeners += 1;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args) => {
    listeners -= 1;
    removeEventListener.apply(signal, args);
  };
  await fixture.DB.withOptions({ signal }).prepare("SELECT 1").run();
  assert.equal(listeners, 0);
});

test("a signal ends a call between two of its requests", async (t) => {
  const refusals = {
    "a refusal": refusalReply("overloaded", true),
    "a reply that is too large": {
      ...refusalReply("too_large", false),
      error: "the reply is larger than max_payload",
    },
  };
  for (const [name, refusal] of Object.entries(refusals)) {
    const nats = await startNats(t);
    const abort = new AbortController();
    const requests = await startFake(t, nats.url, () => {
      // Behind the reply, which is then under way.
      setTimeout(() => abort.abort(new Error("the user left")));
      return refusal;
    });
    const retry = { backoff: 20_000, backoffMax: 20_000 };
    const sluice = await connect({ servers: nats.url, retry });
    const DB = sluice.database("app").withOptions({ signal: abort.signal });
    const error = await errorOf(() => DB.prepare("SELECT 1").run());
    assert.equal(error.message, "the user left", name);
    assert.ok(requests.length <= 2, name);
    await sluice.close();
  }
});

test("a signal ends the wait for a lost connection", async (t) => {
  const nats = await startNats(t);
  const sluice = await connect({ servers: nats.url });
  await nats.stop("SIGKILL");
  const abort = new AbortController();
  const DB = sluice.database("app").withOptions({ signal: abort.signal });
  const calls = [DB.prepare("SELECT 1").run(), DB.dump(), DB.exec("SELECT 1")];
  const errors = calls.map((call) => errorOf(() => call));
  abort.abort(new Error("the user left"));
  for (const error of await Promise.all(errors)) {
    assert.equal(error.message, "the user left");
  }
  // Nothing waits for the connection any more.
  await sluice.close();
});

test("many calls may wait with one signal", async (t) => {
  const warnings = [];
  const onWarning = (warning) => warnings.push(warning.message);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const { DB, sluice } = await silentDatabase(t);
  const abort = new AbortController();
  const view = DB.withOptions({ signal: abort.signal });
  const calls = Array.from({ length: 30 }, () =>
    errorOf(() => view.prepare("SELECT 1").run()),
  );
  abort.abort(new Error("the user left"));
  for (const error of await Promise.all(calls)) {
    assert.equal(error.message, "the user left");
  }
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
  await sluice.close();
});

test("a reply that is there counts, however busy Node was", async () => {
  const DB = fixture.DB.withOptions({ requestTimeout: 1_000, retry: false });
  const call = DB.prepare("SELECT 7 AS x").first("x");
  // The request leaves, and nothing is read until its time is over.
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  assert.equal(await call, 7);
});

test("the longest requestTimeout is not taken for none", async (t) => {
  const nats = await startNats(t);
  let reply;
  await startFake(t, nats.url, (request) => {
    reply = request;
    return rowsReply([1]);
  });
  const sluice = await connect({
    servers: nats.url,
    requestTimeout: 2 ** 31 - 1,
    retry: false,
  });
  const DB = sluice.database("app");
  assert.equal(await DB.prepare("SELECT x FROM t").first("x"), 1);
  assert.equal(reply.timeout, 2 ** 31 - 1);
  await sluice.close();
});

test("more calls than maxCalls are refused, not kept", async (t) => {
  const nats = await startNats(t);
  await startFake(t, nats.url, () => null);
  const sluice = await connect({
    servers: nats.url,
    maxCalls: 2,
    requestTimeout: 200,
  });
  const DB = sluice.database("app");
  const calls = [1, 2, 3].map(() =>
    errorOf(() => DB.prepare("SELECT 1").run()),
  );
  const codes = (await Promise.all(calls)).map(({ code }) => code);
  assert.deepEqual(codes, ["timeout", "timeout", "overloaded"]);
  const error = await errorOf(() =>
    connect({ servers: nats.url, maxCalls: 0 }),
  );
  assert.match(error.message, /maxCalls must be a whole number above 0/);
  await sluice.close();
});

test("close lets running calls end and refuses new ones", async (t) => {
  const nats = await startNats(t);
  let reply;
  const replied = new Promise((resolve) => {
    reply = resolve;
  });
  await startFake(t, nats.url, (request, number) => {
    reply();
    return number === 0 ? null : rowsReply([1]);
  });
  const sluice = await connect({ servers: nats.url, retry: { silence: 50 } });
  const DB = sluice.database("app");
  const running = DB.prepare("SELECT x FROM t").first("x");
  await replied;
  const closed = sluice.close();
  const error = await errorOf(() => DB.prepare("SELECT 1").first());
  assert.equal(
    error.message,
    "D1_ERROR: the connection was closed with close()",
  );
  assert.equal(error.code, "unavailable");
  assert.equal(await running, 1);
  await closed;
  await sluice.close();
});
