// One request until it has a reply: sends it, sends it again where that is
// harmless and useful, and gives up at its deadline.

import { failure, failureOf } from "./errors.js";
import { addAbort, removeAbort } from "./signals.js";
import { Stream } from "./stream.js";

/** The server's own word on a deadline has this long to arrive behind it. */
const grace = 250;

/** Attempts whose parts are taken at once: the newest, and one that is late. */
const streamsMax = 2;

/** The longest wait that a timer of Node has. */
const timerMax = 2 ** 31 - 1;

/**
 * @typedef {object} Request
 * @property {string} subject
 * @property {Uint8Array} payload
 * @property {boolean} changes It may change something. It then has an id, so
 *   that it can be sent again without being executed again.
 * @property {(timeout: number, answers: boolean) =>
 *   import("@nats-io/transport-node").MsgHdrs} headers Those of an attempt that
 *   has so many milliseconds left, and whether parts of a stream are answered.
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
  /** @type {Stream[]} */
  #streams = [];
  #attempts = 0;
  #firstSentAt;
  #unanswered = 0;
  #lastFailure;
  #isSettled = false;
  #late;
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
    this.#deadline =
      grace + (options.deadline ?? performance.now() + options.requestTimeout);
    if (!request.streams) this.#whole = request.collector();
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
      addAbort(signal, this.#onAbort);
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
    if (this.#whole) this.#onMessage(message, this.#whole);
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
    return this.#transport.publish(
      this.#request.subject,
      payload,
      headers(this.#timeLeft(), this.#transport.mayAnswer),
      streams ? this.#listen() : this.#transport.replySubject(this.#token),
    );
  }

  /** Whole for a first attempt, so that most requests have equal headers. */
  #timeLeft() {
    const { deadline, requestTimeout } = this.#options;
    if (this.#attempts === 1 && deadline === undefined) return requestTimeout;
    const left = this.#deadline - performance.now() - grace;
    return Math.max(Math.ceil(left), 1);
  }

  #listen() {
    while (this.#streams.length >= streamsMax) this.#streams.shift().leave();
    const stream = new Stream(
      this.#transport,
      this.#request.collector(),
      this.#onMessage.bind(this),
    );
    this.#streams.push(stream);
    return stream.subject;
  }

  #leave(stream) {
    stream.leave();
    this.#streams = this.#streams.filter((other) => other !== stream);
  }

  #waitForReply() {
    const { silence } = this.#options.retry;
    this.#schedule(silence * 2 ** (this.#attempts - 1), this.#again);
  }

  #schedule(ms, then) {
    this.#unschedule();
    const left = this.#deadline - performance.now();
    const [wait, next] = ms < left ? [ms, then] : [left, this.#expire];
    // Where something else kept Node busy, the reply may be there already and
    // only has not been read: that comes first.
    this.#timer = setTimeout(
      () => {
        this.#late = setImmediate(next);
      },
      Math.min(wait, timerMax),
    );
  }

  #unschedule() {
    clearTimeout(this.#timer);
    clearImmediate(this.#late);
  }

  /** @param {Collector | Stream} from What makes a reply of it. */
  #onMessage(message, from) {
    if (this.#isSettled) return;
    let reply;
    try {
      reply = isNoResponders(message)
        ? this.#transport.noResponders(this.#request.subject)
        : from.take(message);
    } catch (error) {
      this.fail(
        failure("internal", `a reply cannot be read: ${error.message}`),
      );
      return;
    }
    // A stream that broke is of no interest once another one runs.
    const isOld = from instanceof Stream && from !== this.#streams.at(-1);
    if (reply === undefined) {
      this.#waitForReply();
    } else if (reply.isIncomplete) {
      this.#leave(from);
      if (!isOld) this.#onBrokenStream();
    } else if (failureOf(reply)?.retryable === true) {
      if (from instanceof Stream) this.#leave(from);
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

  /** Some of it was lost on the way. */
  #onBrokenStream() {
    if (this.#streams.length > 0 || this.#maySend()) {
      this.#sendSoon();
      return;
    }
    const { changes, subject } = this.#request;
    const text = `messages of the reply of ${subject} were lost on the way`;
    this.fail(
      changes
        ? failure("unavailable", `${text}; it may have been executed`)
        : failure("unavailable", text, true),
    );
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
    this.#unschedule();
    removeAbort(this.#options.signal, this.#onAbort);
    for (const stream of this.#streams) stream.leave();
    this.#transport.forget(this.#token);
    how(what);
  }
}

function isNoResponders(message) {
  return message.data.length === 0 && message.headers?.code === 503;
}
