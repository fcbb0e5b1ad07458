// NATS with TLS.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { connect } from "../index.js";
import { errorOf } from "./support/fixture.js";
import {
  startNats,
  startSluice,
  temporaryFolder,
} from "./support/processes.js";

const run = promisify(execFile);
const script = fileURLToPath(
  new URL("../../../config/nats/make_certificates.sh", import.meta.url),
);

/** A NATS server that wants TLS, with clients' certificates where `verify`. */
async function startTls(t, { verify }) {
  const folder = await temporaryFolder();
  await run("bash", [script, folder]);
  await run("bash", [script, "--client", "app", folder]);
  const config = `${folder}/nats.conf`;
  await writeFile(
    config,
    `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server.key",
      ca_file: "${folder}/ca.pem", verify: ${verify} }`,
  );
  const nats = await startNats(t, { settings: ["--config", config] });
  return { folder, servers: nats.url.replace("nats:", "tls:") };
}

const quick = { reconnect: false, timeout: 10_000 };

test("all works over TLS, large results and dumps as well", async (t) => {
  const { folder, servers } = await startTls(t, { verify: true });
  const files = {
    caFile: `${folder}/ca.pem`,
    certFile: `${folder}/app.pem`,
    keyFile: `${folder}/app.key`,
  };
  await startSluice(t, {
    nats: servers,
    settings: [
      ...["--nats-tls-ca-file", files.caFile],
      ...["--nats-tls-certificate-file", files.certFile],
      ...["--nats-tls-key-file", files.keyFile],
    ],
  });
  const sluice = await connect({ servers, tls: files });
  await sluice.databases.create("app");
  const DB = sluice.database("app");
  await DB.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
  await DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 5000) INSERT INTO t SELECT i, hex(zeroblob(500)) FROM n`,
  ).run();
  const { results } = await DB.prepare("SELECT * FROM t ORDER BY id").all();
  assert.equal(results.length, 5_000);
  assert.ok((await DB.dump()).byteLength > 5_000_000);
  await sluice.close();
  const other = await errorOf(() =>
    connect({ servers, tls: { caFile: files.caFile }, ...quick }),
  );
  assert.match(other.message, /^no connection to NATS at tls:/);
  assert.equal(other.code, "unavailable");
});

test("a server that nobody vouches for is refused", async (t) => {
  const { servers } = await startTls(t, { verify: false });
  for (const tls of [undefined, {}]) {
    const error = await errorOf(() => connect({ servers, tls, ...quick }));
    assert.match(error.message, /^no connection to NATS at .*certificate/);
    assert.equal(error.code, "unavailable");
  }
});

test("a certificate for another name is refused", async (t) => {
  const { folder, servers } = await startTls(t, { verify: false });
  const tls = { caFile: `${folder}/ca.pem`, servername: "example.org" };
  const error = await errorOf(() => connect({ servers, tls, ...quick }));
  assert.match(error.message, /^no connection to NATS at .*example\.org/);
  const right = await connect({ servers, tls: { caFile: tls.caFile } });
  await right.close();
});

test("tls:// does not talk in the clear", async (t) => {
  const nats = await startNats(t);
  const servers = nats.url.replace("nats:", "tls:");
  for (const list of [servers, [servers]]) {
    const error = await errorOf(() => connect({ servers: list, ...quick }));
    assert.match(error.message, /^no connection to NATS at tls:.*tls/);
  }
});

test("a file of the option tls that is not there is named", async (t) => {
  const { servers } = await startTls(t, { verify: false });
  const tls = { caFile: "/nowhere/ca.pem" };
  const error = await errorOf(() => connect({ servers, tls, ...quick }));
  assert.match(error.message, /\/nowhere\/ca\.pem/);
});
