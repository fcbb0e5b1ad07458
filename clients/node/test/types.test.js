// The declarations are those of Cloudflare's types.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));

test("Sluice's types are assignable to Cloudflare's", async () => {
  const options = [
    "node_modules/typescript/bin/tsc",
    "--project",
    "test/types",
  ];
  const { output, problem } = await new Promise((resolve) => {
    execFile(process.execPath, options, { cwd: here }, (_, output, problem) =>
      resolve({ output, problem }),
    );
  });
  assert.equal(problem, "");
  // Packages of others do not pass the check of libraries; this one does.
  const ours = output
    .split("\n")
    .filter((line) => /^\S/.test(line) && !line.startsWith("node_modules/"));
  assert.deepEqual(ours, []);
});
