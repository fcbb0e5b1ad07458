// Replies that are none of Sluice's are errors of their own, never results.

import assert from "node:assert/strict";
import { test } from "node:test";

import { connect } from "../index.js";
import { startFake } from "./support/fake_sluice.js";
import { errorOf } from "./support/fixture.js";
import { startNats } from "./support/processes.js";

async function fakeSluice(t, body) {
  const nats = await startNats(t);
  await startFake(t, nats.url, () => body);
  const sluice = await connect({ servers: nats.url });
  t.after(() => sluice.close());
  return sluice;
}

function callsOf(sluice) {
  const DB = sluice.database("app");
  const select = DB.prepare("SELECT 1");
  return {
    first: () => select.first(),
    run: () => DB.prepare("DELETE FROM t").run(),
    raw: () => select.raw(),
    batch: () => DB.batch([select]),
    exec: () => DB.exec("DELETE FROM t"),
    dump: () => DB.dump(),
    create: () => sluice.databases.create("app"),
    get: () => sluice.databases.get("app"),
    list: () => sluice.databases.list(),
    delete: () => sluice.databases.delete("app"),
  };
}

test("the acknowledgement of a stream is no reply", async (t) => {
  const sluice = await fakeSluice(t, { stream: "AUDIT", seq: 7 });
  for (const [name, call] of Object.entries(callsOf(sluice))) {
    const error = await errorOf(call);
    assert.match(error.message, /the JetStream stream "AUDIT" holds/, name);
    assert.equal(error.code, "internal");
  }
});

const shapes = {
  "an empty object": {},
  "a success without anything": { success: "yes" },
  "a failure without a message": { success: false },
  "results of another form": {
    success: true,
    meta: {},
    results: { columns: ["x"], rows: [1] },
    databases: 5,
    database: "app",
  },
};

for (const [name, body] of Object.entries(shapes)) {
  test(`a reply is refused that is ${name}`, async (t) => {
    const sluice = await fakeSluice(t, body);
    for (const [what, call] of Object.entries(callsOf(sluice))) {
      if (body.success === true && what === "delete") continue;
      const error = await errorOf(call);
      assert.match(error.message, /has not the form of a reply/, what);
      assert.equal(error.code, "internal");
    }
  });
}
