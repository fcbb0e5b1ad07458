// How replies are put together from messages.

import { failure } from "./errors.js";

/** Not a Failure: what the request did is done, and its reply is to be had. */
const incomplete = { isIncomplete: true };

/**
 * A reply of one message.
 */
export class WholeReply {
  #parse;
  #isWhole;

  /**
   * @param {(text: string) => any} parse
   * @param {(body: any) => boolean} isWhole Whether a body is what a success
   *   has to be.
   */
  constructor(parse, isWhole) {
    this.#parse = parse;
    this.#isWhole = isWhole;
  }

  take(message) {
    const body = this.#parse(message.string());
    return isFailure(body) ? body : whole({ body, message }, this.#isWhole);
  }
}

/** A reply whose rows come as several messages. */
export class StreamedRows {
  #parse;
  #isWhole;
  #order;
  #statements = [];

  /**
   * @param {(text: string) => any} parse
   * @param {(body: any) => boolean} isWhole Of the body that one message would
   *   have had.
   * @param {number} bytesMax Of all messages together.
   */
  constructor(parse, isWhole, bytesMax) {
    this.#parse = parse;
    this.#isWhole = isWhole;
    this.#order = new PartOrder(bytesMax);
  }

  take(message) {
    const part = this.#order.place(message);
    if (part.problem) return part.problem;
    const body = this.#parse(message.string());
    if (part.isFinal) {
      return isFailure(body)
        ? body
        : whole({ body: this.#whole(body), message }, this.#isWhole);
    }
    const isPart = Array.isArray(body?.columns) && Array.isArray(body?.rows);
    if (!isPart) return strangeReply(body);
    this.#add(Number(message.headers.get("Sluice-Statement") || 0), body);
    return undefined;
  }

  #add(statement, { columns, rows }) {
    const known = this.#statements[statement];
    if (known === undefined) this.#statements[statement] = { columns, rows };
    else for (const row of rows) known.rows.push(row);
  }

  /** The body that one message would have had. */
  #whole(body) {
    const nothing = { columns: [], rows: [] };
    return Array.isArray(body)
      ? body.map((one, i) => ({
          ...one,
          results: this.#statements[i] ?? nothing,
        }))
      : { ...body, results: this.#statements[0] ?? nothing };
  }
}

/** A reply whose bytes come as several messages. */
export class StreamedBytes {
  #order;
  #parts = [];
  #bytes = 0;

  constructor(bytesMax) {
    this.#order = new PartOrder(bytesMax);
  }

  take(message) {
    const part = this.#order.place(message);
    if (part.problem) return part.problem;
    if (!part.isFinal) {
      this.#parts.push(message.data);
      this.#bytes += message.data.length;
      return undefined;
    }
    const body = message.json();
    if (isFailure(body)) return body;
    if (!Number.isSafeInteger(body?.file_size)) return strangeReply(body);
    if (body.file_size !== this.#bytes) {
      return incomplete;
    }
    return { body, buffer: this.#whole(), message };
  }

  #whole() {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole.buffer;
  }
}

/** Sees that no part of a stream is missing, and that it does not get too long. */
class PartOrder {
  #next = 0;
  #bytes = 0;
  #bytesMax;

  constructor(bytesMax) {
    this.#bytesMax = bytesMax;
  }

  place(message) {
    const { headers, data } = message;
    const sequence = headers?.get("Sluice-Sequence") ?? "";
    // What fails before it streams has a reply of one message.
    const isFinal = sequence === "" || headers.get("Sluice-Final") === "true";
    if (sequence !== "" && Number(sequence) !== this.#next) {
      return { problem: incomplete };
    }
    this.#next += 1;
    this.#bytes += data.length;
    return this.#bytes > this.#bytesMax
      ? { problem: tooLong(this.#bytesMax) }
      : { isFinal };
  }
}

/** @returns {object} The reply, or a Failure where it is none of Sluice's. */
function whole(reply, isWhole) {
  return isWhole(reply.body) ? reply : strangeReply(reply.body);
}

function isFailure(body) {
  return body?.success === false && typeof body.error === "string";
}

/** What a stream of JetStream answers that holds the subjects of requests comes
 * in place of the reply. */
function strangeReply(body) {
  const isStream =
    typeof body?.stream === "string" && Number.isInteger(body.seq);
  return failure(
    "internal",
    isStream
      ? `the JetStream stream ${JSON.stringify(body.stream)} holds the subjects ` +
          "of Sluice's requests, and its acknowledgement came in place of the " +
          "reply: take these subjects out of the stream, or set its no_ack; " +
          "whether the request was executed is not known"
      : "the reply has not the form of a reply of Sluice; whether the request " +
          "was executed is not known",
  );
}

function tooLong(bytesMax) {
  return failure(
    "too_large",
    `the result is larger than the option maxResultBytes (${bytesMax} bytes)`,
  );
}
