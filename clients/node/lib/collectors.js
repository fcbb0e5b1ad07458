// How replies are put together from messages.

import { failure } from "./errors.js";

/** Not a Failure: what the request did is done, and its reply is to be had. */
const incomplete = { isIncomplete: true };

/** A reply of one message. */
export class WholeReply {
  #parse;

  /** @param {(text: string) => any} parse */
  constructor(parse) {
    this.#parse = parse;
  }

  take(message) {
    const body = this.#parse(message.string());
    return body.success === false ? body : { body, message };
  }
}

/** A reply whose rows come as several messages. */
export class StreamedRows {
  #parse;
  #order;
  #statements = [];

  /** @param {number} bytesMax Of all messages together. */
  constructor(parse, bytesMax) {
    this.#parse = parse;
    this.#order = new PartOrder(bytesMax);
  }

  take(message) {
    const part = this.#order.place(message);
    if (part.problem) return part.problem;
    const body = this.#parse(message.string());
    if (part.isFinal) {
      return body.success === false
        ? body
        : { body: this.#whole(body), message };
    }
    this.#add(Number(message.headers.get("Sluice-Statement") || 0), body);
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
    if (body.success === false) return body;
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

function tooLong(bytesMax) {
  return failure(
    "too_large",
    `the result is larger than the option maxResultBytes (${bytesMax} bytes)`,
  );
}
