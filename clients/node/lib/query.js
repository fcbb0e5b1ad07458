// From statements to their results: the request `query`.

import { randomUUID } from "node:crypto";

import { StreamedRows, WholeReply } from "./collectors.js";
import { failureOf } from "./errors.js";
import { requestHeaders } from "./headers.js";
import { parseExact, parseRounded } from "./json.js";
import { parameterJson, stringJson } from "./values.js";

/**
 * Begins with SELECT or VALUES and is the only statement: it cannot change
 * anything. Others may only read as well; their id does not hurt them.
 */
const surelyReads = /^\s*(?:select|values)\b[^;]*(?:;\s*)?$/i;

/** Texts whose results did not fit into one message: they stream at once. */
const largeMax = 128;

export class QueryEndpoint {
  #transport;
  #subject;
  #large = new Set();

  /**
   * @param {import("./transport.js").Transport} transport
   * @param {string} subject
   */
  constructor(transport, subject) {
    this.#transport = transport;
    this.#subject = subject;
  }

  /**
   * @param {{statement: string, params: unknown[]}[]} statements
   * @param {boolean} isBatch
   * @param {import("./options.js").CallOptions} options
   * @param {string} [bookmark]
   * @returns {Promise<object>} The reply: its body has `results` as columns
   *   and rows. Or a Failure.
   */
  async run(statements, isBatch, options, bookmark) {
    const changes = !statements.every(({ statement }) =>
      surelyReads.test(statement),
    );
    const what = {
      payload: encodeRequest(statements, isBatch),
      changes,
      id: changes ? (options.messageId ?? randomUUID()) : undefined,
      bookmark,
    };
    const key = isBatch ? undefined : statements[0].statement;
    return await this.#transport.requests(options, async (send) => {
      const ask = (streams) => send(this.#request(what, options, streams));
      if (this.#large.has(key)) return await ask(true);
      const reply = await ask(false);
      if (!wantsStream(failureOf(reply), changes)) return reply;
      // It was not executed, so the id is still free.
      const streamed = await ask(true);
      if (key !== undefined && !failureOf(streamed)) this.#remember(key);
      return streamed;
    });
  }

  #request({ payload, changes, id, bookmark }, options, streams) {
    const parse = options.bigint ? parseExact : parseRounded;
    return {
      subject: this.#subject,
      payload,
      changes,
      streams,
      headers: (timeout, answers) =>
        requestHeaders({ timeout, id, bookmark, streams, answers }),
      collector: () =>
        streams
          ? new StreamedRows(parse, options.maxResultBytes)
          : new WholeReply(parse),
    };
  }

  #remember(key) {
    this.#large.add(key);
    if (this.#large.size <= largeMax) return;
    const [oldest] = this.#large;
    this.#large.delete(oldest);
  }
}

/**
 * Whether the reply alone was too large. The server says so before it commits
 * a write; only where it offers a stream it says that, and a read can be
 * repeated in any case.
 */
function wantsStream(failed, changes) {
  if (failed?.code !== "too_large") return false;
  return changes
    ? failed.error.includes("Sluice-Stream")
    : failed.error.includes("max_payload");
}

function encodeRequest(statements, isBatch) {
  const texts = statements.map(encodeStatement);
  const what = isBatch ? `"queries":[${texts.map((t) => `{${t}}`)}]` : texts[0];
  return Buffer.from(`{${what},"results_format":"ROWS_AND_COLUMNS"}`);
}

function encodeStatement({ statement, params }) {
  const sql = typeof statement === "string" ? stringJson(statement) : null;
  return params.length === 0
    ? `"sql":${sql}`
    : `"sql":${sql},"params":[${params.map(parameterJson).join(",")}]`;
}
