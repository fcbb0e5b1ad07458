// Point reads per second from one Node process: through sluice-d1, and through
// Cloudflare's local D1 (miniflare, workerd) in the same run.
//
//   scripts/build_preset.sh release
//   npm install --prefix /tmp/miniflare miniflare    # optional, outside of this package
//   node bench/point_reads.js --miniflare /tmp/miniflare [--seconds 5] [--sluice PROGRAM]

import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

import { connect } from "../index.js";
import { startSluice } from "../test/support/processes.js";

const { values: options } = parseArgs({
  options: {
    miniflare: { type: "string" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    sluice: { type: "string" },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const levels = [1, 8, 64, 256];
const rows = 10_000;

if (options.sluice) process.env.SLUICE = resolve(options.sluice);
const cleanups = [];
const onEnd = { after: (cleanup) => cleanups.push(cleanup) };

/** @returns {Promise<object>} A D1Database. */
async function openSluice() {
  const server = await startSluice(onEnd);
  const sluice = await connect({ servers: server.url });
  cleanups.push(() => sluice.close());
  await sluice.databases.create("bench");
  return sluice.database("bench");
}

/**
 * The bench loop runs inside of a Worker there, where env.DB is no proxy: that
 * is how a Worker calls it.
 */
const worker = `
import { fill, measure } from "./load.js";
export default {
  async fetch(request, env) {
    const { task, level, ms } = await request.json();
    if (task === "fill") return Response.json(await fill(env.DB));
    return Response.json(await measure(env.DB, level, ms));
  },
};`;

async function openMiniflare(folder) {
  const from = createRequire(join(resolve(folder), "package.json"));
  const { Miniflare } = await import(pathToFileURL(from.resolve("miniflare")));
  const miniflare = new Miniflare({
    modules: [
      { type: "ESModule", path: "worker.js", contents: worker },
      { type: "ESModule", path: "load.js", contents: loadSource() },
    ],
    compatibilityDate: "2026-04-01",
    d1Databases: ["DB"],
  });
  cleanups.push(() => miniflare.dispose());
  return async (body) => {
    const response = await miniflare.dispatchFetch("http://localhost/", {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  };
}

function loadSource() {
  return `const rows = ${rows};\nexport ${fill};\nexport ${measure};`;
}

async function fill(DB) {
  await DB.prepare(
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT)",
  ).run();
  await DB.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
 WHERE i < ?) INSERT INTO users SELECT i, 'user ' || i,
 'user' || i || '@example.org' FROM n`,
  )
    .bind(rows)
    .run();
  return await DB.prepare("SELECT count(*) AS n FROM users").first("n");
}

/** @returns {Promise<number>} How many reads were answered, rightly. */
async function measure(DB, level, ms) {
  const select = DB.prepare("SELECT * FROM users WHERE id = ?");
  const end = Date.now() + ms;
  let reads = 0;
  async function one(first) {
    let id = first;
    while (Date.now() < end) {
      id = ((id * 7919) % rows) + 1;
      const row = await select.bind(id).first();
      if (row.id !== id) throw new Error(`row ${row.id} came for ${id}`);
      reads += 1;
    }
  }
  await Promise.all(Array.from({ length: level }, (_, i) => one(i + 1)));
  return reads;
}

/** Reads per second by the clock of this process: a Worker's may stand still. */
async function rateOf(call) {
  const begin = performance.now();
  const reads = await call();
  return (reads * 1_000) / (performance.now() - begin);
}

function median(rates) {
  const sorted = rates.sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]);
}

async function main() {
  const DB = await openSluice();
  const ask = options.miniflare && (await openMiniflare(options.miniflare));
  await fill(DB);
  if (ask) await ask({ task: "fill" });
  const ms = seconds * 1_000;
  // Warms both up.
  await measure(DB, 64, 1_000);
  if (ask) await ask({ task: "measure", level: 64, ms: 1_000 });
  console.log(
    `point reads per second, median of ${rounds} rounds of ${seconds} s; ` +
      `Node ${process.version}, ${cpus().length} cores`,
  );
  console.log("in flight\tsluice-d1\tlocal D1");
  for (const level of levels) {
    const ours = [];
    const theirs = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await rateOf(() => measure(DB, level, ms)));
      if (!ask) continue;
      theirs.push(await rateOf(() => ask({ task: "measure", level, ms })));
    }
    console.log(
      `${level}\t\t${median(ours)}\t\t${ask ? median(theirs) : "not measured"}`,
    );
  }
}

try {
  await main();
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
