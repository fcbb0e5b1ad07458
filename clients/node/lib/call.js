// One request until it has a reply: sends it, sends it again where that is
// harmless and useful, and gives up at its deadline.

import { failure, failureOf } from "./errors.js";

/** The server's own word on a deadline has this long to arrive behind it. */
const grace = 250;

/**
 * @typedef {object} Request
 * @property {string} subject
 * @property {Uint8Array} payload
 * @property {boolean} changes It may change something. It then has an id, so
 *   that it can be sent again without being executed again.
 * @property {(timeout: number) => import("@nats-io/transport-node").MsgHdrs}
 *   headers Those of an attempt that has so many milliseconds left.
 * @property {() => Collector} collector
 * @property {boolean} streams Its reply comes as several messages.
 *
 * @typedef {object} Collector Makes a reply of the messages of one attempt.
 * @property {(message: import("@nats-io/transport-node").Msg) => object |
 *   undefined} take The whole reply, or nothing as long as there is more.
 */

export class Call {
  #transport;
  #request;
  #options;
  #token;
  #deadline;
  #timer;
  #resolve;
  #reject;
  #whole;
  #streams = [];
  #attempts = 0;
  #firstSentAt;
  #unanswered = 0;
  #lastFailure;
  #isSettled = false;
  #expire = () => this.#onDeadline();
  #again = () => this.attempt();
  #onAbort = () => this.#settle(this.#reject, this.#options.signal.reason);

  /**
   * @param {import("./transport.js").Transport} transport
   * @param {Request} request
   * @param {import("./options.js").CallOptions} options
   */
  constructor(transport, request, options) {
    this.#transport = transport;
    this.#request = request;
    this.#options = options;
    this.#deadline = performance.now() + options.requestTimeout + grace;
    if (!request.streams) this.#whole = { collector: request.collector() };
  }

  get subject() {
    return this.#request.subject;
  }

  /** @returns {Promise<object>} The reply, or a Failure. */
  start(token) {
    this.#token = token;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      const { signal } = this.#options;
      if (signal?.aborted) return this.#onAbort();
      signal?.addEventListener("abort", this.#onAbort, { once: true });
      this.attempt();
    });
  }

  /** Sends the request, or waits for the connection that will. */
  attempt() {
    if (this.#isSettled) return;
    if (!this.#transport.isConnected || !this.#maySend()) {
      this.#schedule(Number.POSITIVE_INFINITY, this.#expire);
      return;
    }
    this.#attempts += 1;
    this.#firstSentAt ??= performance.now();
    let problem;
    try {
      problem = this.#publish();
    } catch (error) {
      problem = failure("unavailable", `it was not sent: ${error.message}`);
    }
    if (problem) {
      this.fail(problem);
      return;
    }
    this.#unanswered += 1;
    this.#waitForReply();
  }

  /** Ends the call without a reply. */
  fail(problem) {
    this.#settle(this.#resolve, problem);
  }

  /** A message that came to the token of this call. */
  onMessage(message) {
    this.#onMessage(message, this.#whole);
  }

  /** The server remembers a write for a while only. */
  #maySend() {
    const { attempts, within } = this.#options.retry;
    if (this.#attempts >= attempts) return false;
    const isRepetition = this.#request.changes && this.#unanswered > 0;
    return !isRepetition || performance.now() - this.#firstSentAt <= within;
  }

  #publish() {
    const { payload, headers, streams } = this.#request;
    const left = Math.max(this.#deadline - performance.now() - grace, 1);
    const isFirst = this.#attempts === 1;
    return this.#transport.publish(
      this.#request.subject,
      payload,
      headers(isFirst ? this.#options.requestTimeout : Math.ceil(left)),
      streams ? this.#listen() : this.#transport.replySubject(this.#token),
    );
  }

  /** An attempt that streams has a subject of its own: its parts do not mix
   * with another's, and once it is left the server sees that nobody listens. */
  #listen() {
    const stream = { collector: this.#request.collector() };
    const { subject, subscription } = this.#transport.listen((message) =>
      this.#onMessage(message, stream),
    );
    stream.leave = () => subscription.unsubscribe();
    this.#streams.push(stream);
    return subject;
  }

  #waitForReply() {
    const { silence } = this.#options.retry;
    this.#schedule(silence * 2 ** (this.#attempts - 1), this.#again);
  }

  #schedule(ms, then) {
    clearTimeout(this.#timer);
    const left = this.#deadline - performance.now();
    this.#timer =
      ms < left ? setTimeout(then, ms) : setTimeout(this.#expire, left);
  }

  #onMessage(message, from) {
    const { collector, leave } = from;
    if (this.#isSettled) return;
    let reply;
    try {
      reply = isNoResponders(message)
        ? this.#transport.noResponders(this.#request.subject)
        : collector.take(message);
    } catch (error) {
      this.fail(
        failure("internal", `a reply cannot be read: ${error.message}`),
      );
      return;
    }
    // A stream that broke is of no interest once another one runs.
    const isOld = leave !== undefined && from !== this.#streams.at(-1);
    if (reply === undefined) {
      this.#waitForReply();
    } else if (reply.isIncomplete) {
      leave();
      if (!isOld) this.#sendSoon();
    } else if (failureOf(reply)?.retryable === true) {
      leave?.();
      if (!isOld) this.#onRefusal(reply);
    } else {
      reply.attempts = this.#attempts;
      this.#settle(this.#resolve, reply);
    }
  }

  /** Nothing was executed, and it may be otherwise soon. */
  #onRefusal(refusal) {
    const { attempts } = this.#options.retry;
    this.#unanswered = Math.max(this.#unanswered - 1, 0);
    this.#lastFailure = refusal;
    if (this.#attempts >= attempts && this.#unanswered === 0) {
      this.fail(refusal);
    } else {
      this.#sendSoon();
    }
  }

  #sendSoon() {
    const { backoff, backoffMax } = this.#options.retry;
    const whole = Math.min(backoff * 2 ** (this.#attempts - 1), backoffMax);
    this.#schedule(whole / 2 + (Math.random() * whole) / 2, this.#again);
  }

  #onDeadline() {
    if (this.#lastFailure && this.#unanswered === 0) {
      this.fail(this.#lastFailure);
      return;
    }
    const { changes, subject } = this.#request;
    let text = `no reply from ${subject} within ${this.#options.requestTimeout} ms`;
    if (!this.#transport.isConnected) {
      text += `; the connection to NATS (${this.#transport.servers}) is lost`;
    }
    const mayHaveRun = changes && this.#attempts > 0;
    if (mayHaveRun) text += "; it may have been executed";
    else if (changes) text += "; nothing was executed";
    this.fail(failure("timeout", text, !mayHaveRun));
  }

  #settle(how, what) {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    for (const { leave } of this.#streams) leave();
    this.#transport.forget(this.#token);
    how(what);
  }
}

function isNoResponders(message) {
  return message.data.length === 0 && message.headers?.code === 503;
}
