// The connection, and what it gives access to.

import { D1Database } from "./database.js";
import { Databases } from "./databases.js";
import { mergeCallOptions, splitOptions } from "./options.js";
import { Transport } from "./transport.js";

const databaseName = /^[a-z0-9][a-z0-9_-]{0,62}$/;

class Sluice {
  #transport;
  #prefix;
  #options;

  constructor(transport, prefix, options) {
    this.#transport = transport;
    this.#prefix = prefix;
    this.#options = options;
    this.databases = new Databases(transport, `${prefix}.databases`, options);
  }

  database(name, options) {
    if (typeof name !== "string" || !databaseName.test(name)) {
      throw new TypeError(
        "a database's name has 1 to 63 of a-z, 0-9, _ and -, and begins with " +
          `a letter or a digit, unlike ${JSON.stringify(name)}`,
      );
    }
    return new D1Database(
      this.#transport,
      `${this.#prefix}.db.${name}`,
      mergeCallOptions(this.#options, options),
    );
  }

  close() {
    return this.#transport.close();
  }
}

if (Symbol.asyncDispose) {
  Object.defineProperty(Sluice.prototype, Symbol.asyncDispose, {
    value: Sluice.prototype.close,
  });
}

/** Connects to NATS; see index.d.ts for the options. */
export async function connect(options) {
  const { nats, prefix, calls, maxCalls } = splitOptions(options);
  return new Sluice(await Transport.open(nats, maxCalls), prefix, calls);
}
