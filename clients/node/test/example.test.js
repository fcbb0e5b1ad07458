// The example of a blog.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { startSluice } from "./support/processes.js";

const run = promisify(execFile);
const example = fileURLToPath(
  new URL("../../../examples/blog.mjs", import.meta.url),
);

test("the example of a blog runs through, once for each database", async (t) => {
  const server = await startSluice(t, {
    settings: ["--services-databases", "blog"],
  });
  const blog = () => run(process.execPath, [example, "blog", server.url]);
  const { stdout } = await blog();
  assert.match(stdout, /^The blog works\.$/m);
  const error = await blog().catch((problem) => problem);
  assert.equal(error.code, 1);
  assert.match(error.stderr, /^blog: Error: .*blog/);
});
