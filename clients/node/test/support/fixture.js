// One Sluice for the tests of a file.

import { after, before } from "node:test";

import { connect } from "../../index.js";
import { startSluice } from "./processes.js";

/**
 * @param {object} [options] Of connect().
 * @returns {{sluice, DB, url}} Filled before the first test.
 */
export function useDatabase(options = {}, settings = []) {
  const fixture = {};
  const cleanups = [];
  before(async () => {
    const server = await startSluice(
      { after: (cleanup) => cleanups.push(cleanup) },
      { settings },
    );
    fixture.server = server;
    fixture.url = server.url;
    fixture.sluice = await connect({ servers: server.url, ...options });
    await fixture.sluice.databases.create("app");
    fixture.DB = fixture.sluice.database("app");
  });
  after(async () => {
    await fixture.sluice?.close();
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return fixture;
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
