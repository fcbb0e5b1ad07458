// Every case must give on Sluice what it gave on Cloudflare's local D1.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it, test } from "node:test";

import { cases } from "./conformance/cases.js";
import { differences } from "./conformance/differences.js";
import { outcomeOf } from "./conformance/outcome.js";
import { openDatabase } from "./support/fixture.js";

const recorded = JSON.parse(
  await readFile(new URL("conformance/d1.json", import.meta.url), "utf8"),
);

const { DB } = await openDatabase();

describe("as on D1", () => {
  for (const [name, run] of Object.entries(cases)) {
    if (differences[name]) continue;
    it(name, async () => {
      assert.deepEqual(await outcomeOf(DB, run), recorded[name]);
    });
  }
});

describe("other than on D1", () => {
  for (const [name, { why, outcome }] of Object.entries(differences)) {
    it(`${name}: ${why}`, async () => {
      assert.deepEqual(await outcomeOf(DB, cases[name]), outcome);
      assert.notDeepEqual(outcome, recorded[name]);
    });
  }
});

test("docs/d1-compatibility.md has the right numbers", async () => {
  const path = new URL("../../../docs/d1-compatibility.md", import.meta.url);
  const text = (await readFile(path, "utf8")).replaceAll("\n", " ");
  const [, ...numbers] =
    /of the (\d+) cases .*? (\d+) give the same, .*? the other (\d+)\./.exec(
      text,
    );
  const all = Object.keys(cases).length;
  const other = Object.keys(differences).length;
  assert.deepEqual(numbers.map(Number), [all, all - other, other]);
});
