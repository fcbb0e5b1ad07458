// Records what Cloudflare's local D1 does in every case, into d1.json.
//
//   npm install --no-save miniflare && node test/conformance/record.js

import { readFile, writeFile } from "node:fs/promises";

import { Miniflare } from "miniflare";

const worker = `
import { cases } from "./cases.js";
import { outcomeOf } from "./outcome.js";
export default {
  async fetch(request, env) {
    const outcomes = {};
    for (const [name, run] of Object.entries(cases)) {
      outcomes[name] = await outcomeOf(env.DB, run);
    }
    return Response.json(outcomes);
  },
};`;

const here = (name) => new URL(name, import.meta.url);

async function esModule(path) {
  const contents = await readFile(here(path), "utf8");
  return { type: "ESModule", path, contents };
}

const miniflare = new Miniflare({
  modules: [
    { type: "ESModule", path: "worker.js", contents: worker },
    await esModule("cases.js"),
    await esModule("outcome.js"),
  ],
  compatibilityDate: "2026-04-01",
  d1Databases: ["DB"],
});
const response = await miniflare.dispatchFetch("http://localhost/");
const outcomes = await response.json();
await miniflare.dispose();
const lines = Object.entries(outcomes).map(
  ([name, outcome]) => `${JSON.stringify(name)}: ${JSON.stringify(outcome)}`,
);
await writeFile(here("d1.json"), `{\n${lines.join(",\n")}\n}\n`);
console.log(`${Object.keys(outcomes).length} cases recorded`);
