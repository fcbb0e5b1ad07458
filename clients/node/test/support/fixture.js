// One Sluice for the tests of a file.

import { after } from "node:test";

import { connect } from "../../index.js";
import { startSluice } from "./processes.js";

/**
 * Starts a Sluice with the database `app`, which end with the file's tests.
 *
 * @param {object} [options] Of connect().
 * @param {string[]} [settings] Of the server.
 */
export async function openDatabase(options = {}, settings = []) {
  const cleanups = [];
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  const server = await startSluice(
    { after: (cleanup) => cleanups.push(cleanup) },
    { settings },
  );
  const sluice = await connect({ servers: server.url, ...options });
  cleanups.push(() => sluice.close());
  await sluice.databases.create("app");
  return { server, url: server.url, sluice, DB: sluice.database("app") };
}

/** What a call throws. */
export async function errorOf(call) {
  try {
    const value = await call();
    throw Object.assign(new Error("it did not fail"), { value });
  } catch (error) {
    return error;
  }
}
