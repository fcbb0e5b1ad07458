// When a request is sent again, against something that answers as it should.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { errorOf } from "./support/fixture.js";
import { refusalReply, rowsReply, startFake } from "./support/fake_sluice.js";
import { startNats } from "./support/processes.js";

async function fakeDatabase(t, answer, options = {}) {
  const nats = await startNats(t);
  const requests = await startFake(t, nats.url, answer);
  const sluice = await connect({
    servers: nats.url,
    retry: { silence: 50, backoff: 10 },
    ...options,
  });
  t.after(() => sluice.close());
  return { DB: sluice.database("app"), requests, sluice };
}

for (const code of ["overloaded", "unavailable"]) {
  test(`what is ${code} is sent again, with the same id`, async (t) => {
    const { DB, requests } = await fakeDatabase(t, (request, number) =>
      number < 3 ? refusalReply(code, true) : rowsReply([1]),
    );
    const { meta } = await DB.prepare("INSERT INTO t VALUES (1)").run();
    assert.equal(requests.length, 4);
    assert.equal(meta.total_attempts, 4);
    assert.match(requests[0].id, /^[0-9a-f-]{36}$/);
    for (const { id } of requests) assert.equal(id, requests[0].id);
  });
}

test("waits between refusals grow, and vary", async (t) => {
  const { DB, requests } = await fakeDatabase(
    t,
    (request, number) =>
      number < 4 ? refusalReply("overloaded", true) : rowsReply([1]),
    { retry: { backoff: 40, backoffMax: 100 } },
  );
  await DB.prepare("SELECT 1").run();
  const waits = requests.slice(1).map(({ at }, i) => at - requests[i].at);
  for (const [i, most] of [40, 80, 100, 100].entries()) {
    assert.ok(waits[i] >= most / 2 - 2, `wait ${i}: ${waits}`);
  }
});

test("it gives up after its attempts, with the refusal", async (t) => {
  const { DB, requests } = await fakeDatabase(
    t,
    () => refusalReply("overloaded", true),
    { retry: { attempts: 3, backoff: 5 } },
  );
  const error = await errorOf(() => DB.prepare("SELECT 1").all());
  assert.equal(error.message, "D1_ERROR: it is overloaded");
  assert.equal(error.code, "overloaded");
  assert.equal(error.retryable, true);
  assert.equal(requests.length, 3);
});

test("it gives up at its deadline, with the refusal", async (t) => {
  const { DB } = await fakeDatabase(t, () => refusalReply("overloaded", true), {
    requestTimeout: 100,
    retry: { backoff: 2_000, backoffMax: 2_000 },
  });
  const error = await errorOf(() => DB.prepare("SELECT 1").all());
  assert.equal(error.code, "overloaded");
});

for (const code of ["sql_error", "storage", "timeout", "internal"]) {
  test(`what is ${code} is not sent again`, async (t) => {
    const { DB, requests } = await fakeDatabase(t, () =>
      refusalReply(code, false),
    );
    const error = await errorOf(() => DB.prepare("DELETE FROM t").run());
    assert.equal(error.code, code);
    assert.equal(error.retryable, false);
    assert.equal(error.cause.message, `it is ${code}`);
    assert.equal(requests.length, 1);
  });
}

test("what has no reply is sent again, with the same id", async (t) => {
  const { DB, requests } = await fakeDatabase(t, (request, number) =>
    number < 2 ? null : rowsReply([7]),
  );
  const result = await DB.prepare("INSERT INTO t VALUES (7) RETURNING x").run();
  assert.deepEqual(result.results, [{ x: 7 }]);
  assert.equal(requests.length, 3);
  for (const { id } of requests) assert.equal(id, requests[0].id);
  assert.ok(requests[2].at - requests[1].at > requests[1].at - requests[0].at);
});

test("a reply to an earlier attempt counts", async (t) => {
  const { DB, requests } = await fakeDatabase(t, (request, number) =>
    number === 0 ? null : [rowsReply([number]), rowsReply([99])],
  );
  assert.equal(await DB.prepare("SELECT x FROM t").first("x"), 1);
  assert.equal(requests.length, 2);
});

test("the server is told how much time is left", async (t) => {
  const { DB, requests } = await fakeDatabase(t, (request, number) =>
    number < 1 ? null : rowsReply([1]),
  );
  await DB.withOptions({ requestTimeout: 5_000 }).prepare("SELECT 1").run();
  assert.equal(requests[0].timeout, 5_000);
  assert.ok(requests[1].timeout < 5_000 && requests[1].timeout > 1_000);
});

test("a write is not repeated once the server may have forgotten it", async (t) => {
  const { DB, requests } = await fakeDatabase(t, () => null, {
    requestTimeout: 400,
    retry: { silence: 60, within: 100 },
  });
  const error = await errorOf(() => DB.exec("DELETE FROM t"));
  assert.match(error.message, /it may have been executed$/);
  assert.ok(requests.length <= 2);
  requests.length = 0;
  // A read is.
  await errorOf(() => DB.prepare("SELECT 1").all());
  assert.ok(requests.length > 2);
});

test("without retries it is sent once", async (t) => {
  const { DB, requests } = await fakeDatabase(
    t,
    (request, number) =>
      number === 0 ? refusalReply("overloaded", true) : rowsReply([1]),
    { retry: false },
  );
  const error = await errorOf(() => DB.prepare("SELECT 1").all());
  assert.equal(error.code, "overloaded");
  assert.equal(requests.length, 1);
});

test("a statement that surely reads has no id, any other has one", async (t) => {
  const { DB, requests } = await fakeDatabase(t, () => rowsReply([1]));
  const ids = async (...texts) => {
    for (const text of texts) await DB.prepare(text).run();
    return requests.splice(0).map(({ id }) => id !== "");
  };
  assert.deepEqual(await ids("SELECT 1", " \n select 1; ", "VALUES (1)"), [
    false,
    false,
    false,
  ]);
  assert.deepEqual(
    await ids(
      "INSERT INTO t VALUES (1)",
      "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
      "SELECT 1; DELETE FROM t",
      "PRAGMA user_version = 1",
      "selection",
      "-- SELECT\nDELETE FROM t",
    ),
    [true, true, true, true, true, true],
  );
});

test("every write has another id", async (t) => {
  const { DB, requests } = await fakeDatabase(t, () => rowsReply([1]));
  const insert = DB.prepare("INSERT INTO t VALUES (1)");
  await insert.run();
  await insert.run();
  assert.notEqual(requests[0].id, requests[1].id);
});

test("an id of one's own is used", async (t) => {
  const { DB, requests } = await fakeDatabase(t, () => rowsReply([1]));
  const once = DB.withOptions({ messageId: "order-4711" });
  await once.prepare("INSERT INTO t VALUES (1)").run();
  assert.equal(requests[0].id, "order-4711");
});

const part = (sequence, x) => ({
  partHeaders: { "Sluice-Sequence": sequence },
  columns: ["x"],
  rows: [[x]],
});
const final = (sequence) => ({
  partHeaders: { "Sluice-Sequence": sequence, "Sluice-Final": "true" },
  success: true,
  meta: {},
});

test("a stream with a hole is asked for again", async (t) => {
  const { DB, requests } = await fakeDatabase(t, ({ streams }, number) => {
    if (!streams) {
      return {
        ...refusalReply("too_large", false),
        error: "larger than max_payload: Sluice-Stream",
      };
    }
    return number === 1
      ? [part(0, 1), part(2, 3), final(3)]
      : [part(0, 1), part(1, 2), part(2, 3), final(3)];
  });
  const { results } = await DB.prepare("DELETE FROM t RETURNING x").all();
  assert.deepEqual(results, [{ x: 1 }, { x: 2 }, { x: 3 }]);
  assert.equal(requests.length, 3);
  assert.equal(requests[1].id, requests[2].id);
});

test("a write whose stream is never whole may have been executed", async (t) => {
  const { DB, requests } = await fakeDatabase(
    t,
    ({ streams }) =>
      streams
        ? [part(0, 1), final(2)]
        : {
            ...refusalReply("too_large", false),
            error: "larger than max_payload: Sluice-Stream",
          },
    { requestTimeout: 300, retry: { attempts: 3, backoff: 10 } },
  );
  const error = await errorOf(() => DB.prepare("DELETE FROM t").all());
  assert.match(error.message, /it may have been executed$/);
  assert.equal(error.retryable, false);
  assert.equal(requests.length, 4);
});

test("a write whose reply became too large when it was done is not repeated", async (t) => {
  const { DB, requests } = await fakeDatabase(t, () => ({
    ...refusalReply("too_large", false),
    error: "larger than max_payload allows; what the request did is done",
  }));
  const error = await errorOf(() => DB.prepare("DELETE FROM t").run());
  assert.equal(error.code, "too_large");
  assert.equal(requests.length, 1);
});

test("a reply that is no JSON is an error", async (t) => {
  const nats = await startNats(t);
  const { connect: natsConnect } = await import("@nats-io/transport-node");
  const other = await natsConnect({ servers: nats.url });
  t.after(() => other.close());
  other.subscribe("sluice.>", { callback: (e, m) => m.respond("{") });
  await other.flush();
  const sluice = await connect({ servers: nats.url });
  t.after(() => sluice.close());
  const error = await errorOf(() =>
    sluice.database("app").prepare("SELECT 1").all(),
  );
  assert.match(error.message, /^D1_ERROR: a reply cannot be read: /);
  assert.equal(error.code, "internal");
});
