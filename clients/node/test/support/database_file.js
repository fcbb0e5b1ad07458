// Looks into a database's file beside the server, with SQLite's shell.

import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a query gives on the only database of a data folder. */
export async function queryFile(data, sql) {
  const { stdout } = await run("sqlite3", [
    "-readonly",
    "-cmd",
    ".timeout 5000",
    await databaseFile(data),
    sql,
  ]);
  return stdout.trim();
}

async function databaseFile(data) {
  const files = (await filesBelow(data)).filter(
    (path) => path.endsWith(".sqlite") && !path.endsWith("catalogue.sqlite"),
  );
  if (files.length === 1) return files[0];
  throw new Error(`not one database file: ${files.join(", ") || "none"}`);
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

/** Waits for a condition, with a deadline. */
export async function until(condition, what, deadline = 30_000) {
  const end = performance.now() + deadline;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it did not come: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
