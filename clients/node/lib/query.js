// From statements to their results: the request `query`.

import { randomUUID } from "node:crypto";

import { StreamedRows, WholeReply } from "./collectors.js";
import { failureOf } from "./errors.js";
import { requestHeaders } from "./headers.js";
import { parseExact, parseRounded } from "./json.js";
import { cannotChange, kindOf } from "./order.js";
import { parameterJson, stringJson } from "./values.js";

/** Texts whose results did not fit into one message: they stream at once. */
const largeMax = 128;

export class QueryEndpoint {
  #transport;
  #database;
  #large = new Set();

  /**
   * @param {import("./transport.js").Transport} transport
   * @param {string} database Its subject.
   */
  constructor(transport, database) {
    this.#transport = transport;
    this.#database = database;
  }

  /**
   * @param {{statement: string, params: unknown[]}[]} statements
   * @param {boolean} isBatch
   * @param {import("./options.js").CallOptions} options
   * @param {() => string} [bookmark] Asked for when the request is sent.
   * @returns {Promise<object>} The reply: its body has `results` as columns
   *   and rows. Or a Failure.
   */
  async run(statements, isBatch, options, bookmark) {
    const texts = statements.map(({ statement }) => statement);
    const changes = !cannotChange(texts);
    const what = {
      payload: encodeRequest(statements, isBatch),
      changes,
      id: changes ? (options.messageId ?? randomUUID()) : undefined,
      bookmark,
      isWhole: isBatch ? isBatchOf(texts.length) : isResult,
    };
    const key = isBatch ? undefined : texts[0];
    const place = {
      database: this.#database,
      kind: changes ? kindOf(texts) : "read",
    };
    return await this.#transport.requests(options, place, async (send) => {
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

  #request({ payload, changes, id, bookmark, isWhole }, options, streams) {
    const parse = options.bigint ? parseExact : parseRounded;
    return {
      subject: `${this.#database}.query`,
      payload,
      changes,
      streams,
      headers: (timeout, answers) =>
        requestHeaders({
          timeout,
          id,
          bookmark: bookmark?.(),
          streams,
          answers,
        }),
      collector: () =>
        streams
          ? new StreamedRows(parse, isWhole, options.maxResultBytes)
          : new WholeReply(parse, isWhole),
    };
  }

  #remember(key) {
    this.#large.add(key);
    if (this.#large.size <= largeMax) return;
    const [oldest] = this.#large;
    this.#large.delete(oldest);
  }
}

function isResult(body) {
  return (
    body?.success === true &&
    isObject(body.meta) &&
    isObject(body.results) &&
    Array.isArray(body.results.columns) &&
    Array.isArray(body.results.rows) &&
    body.results.rows.every(Array.isArray)
  );
}

function isBatchOf(count) {
  return (body) =>
    Array.isArray(body) && body.length === count && body.every(isResult);
}

function isObject(value) {
  return typeof value === "object" && value !== null;
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
