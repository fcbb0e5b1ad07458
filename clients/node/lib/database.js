// One database.

import { dumpFile } from "./dump.js";
import { runScript } from "./exec.js";
import { mergeCallOptions } from "./options.js";
import { QueryEndpoint } from "./query.js";
import { DatabaseSession, Session } from "./session.js";

/** D1's D1Database. */
export class Database {
  #transport;
  #subject;
  #options;
  #endpoint;
  #session;

  /**
   * @param {import("./transport.js").Transport} transport
   * @param {string} subject That of the database; an operation comes behind.
   * @param {import("./options.js").CallOptions} options
   */
  constructor(transport, subject, options, endpoint) {
    this.#transport = transport;
    this.#subject = subject;
    this.#options = options;
    this.#endpoint =
      endpoint ?? new QueryEndpoint(transport, `${subject}.query`);
    this.#session = new Session(this.#endpoint, options);
  }

  prepare(query) {
    return this.#session.prepare(query);
  }

  batch(statements) {
    return this.#session.batch(statements);
  }

  async exec(query) {
    return await runScript(
      this.#transport,
      `${this.#subject}.exec`,
      query,
      this.#options,
    );
  }

  async dump() {
    return await dumpFile(
      this.#transport,
      `${this.#subject}.dump`,
      this.#options,
    );
  }

  withSession(constraintOrBookmark) {
    return new DatabaseSession(
      this.#endpoint,
      this.#options,
      constraintOrBookmark,
    );
  }

  withOptions(options) {
    return new Database(
      this.#transport,
      this.#subject,
      mergeCallOptions(this.#options, options),
      this.#endpoint,
    );
  }
}
