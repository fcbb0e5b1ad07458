// One database.

import { dumpFile } from "./dump.js";
import { runScript } from "./exec.js";
import { hide } from "./hide.js";
import { mergeCallOptions } from "./options.js";
import { QueryEndpoint } from "./query.js";
import { D1DatabaseSession, Session } from "./session.js";

export class D1Database {
  /**
   * @param {import("./transport.js").Transport} transport
   * @param {string} subject That of the database; an operation comes behind.
   * @param {import("./options.js").CallOptions} options
   * @param {QueryEndpoint} [endpoint]
   */
  constructor(transport, subject, options, endpoint) {
    const queries = endpoint ?? new QueryEndpoint(transport, subject);
    hide(this, {
      transport,
      subject,
      options,
      endpoint: queries,
      session: new Session(queries, options),
    });
  }

  prepare(query) {
    return this.session.prepare(query);
  }

  async batch(statements) {
    return await this.session.batch(statements);
  }

  async exec(query) {
    return await runScript(this.transport, this.subject, query, this.options);
  }

  async dump() {
    return await dumpFile(this.transport, this.subject, this.options);
  }

  withSession(constraintOrBookmark) {
    return new D1DatabaseSession(
      this.endpoint,
      this.options,
      constraintOrBookmark,
    );
  }

  withOptions(options) {
    return new D1Database(
      this.transport,
      this.subject,
      mergeCallOptions(this.options, options),
      this.endpoint,
    );
  }
}
