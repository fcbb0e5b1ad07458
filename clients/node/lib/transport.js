// The connection to NATS that all databases of one connect() share.

import { connect, createInbox } from "@nats-io/transport-node";

import { Call } from "./call.js";
import { failure, sluiceError } from "./errors.js";
import { isHeartbeat } from "./headers.js";
import { RequestOrder } from "./order.js";
import { addAbort, removeAbort } from "./signals.js";

export class Transport {
  #connection;
  #inbox;
  #calls = new Map();
  #callsMax;
  /** Those of databases that have requests which may change them. */
  #orders = new Map();
  #waiting = 0;
  #nextToken = 0;
  #refusal = null;
  #closing = null;
  #idle = null;
  #begun = 0;
  #answersBelow = null;

  /** Whether what is published now goes out now. */
  isConnected = true;

  /** Whether NATS lets parts of streams be answered; as long as it lasts. */
  mayAnswer = true;

  /**
   * @param {import("@nats-io/transport-node").NodeConnectionOptions} options
   * @param {number} callsMax Calls that wait for their replies at once.
   */
  static async open(options, callsMax) {
    let connection;
    try {
      connection = await connect(options);
    } catch (error) {
      const servers = shownServers(options.servers);
      const text = `no connection to NATS at ${servers}: ${error.message}`;
      throw sluiceError(failure("unavailable", text, true), error);
    }
    return new Transport(connection, options, callsMax);
  }

  constructor(connection, options, callsMax) {
    this.#connection = connection;
    this.#callsMax = callsMax;
    this.servers = shownServers(options.servers);
    this.inboxPrefix = options.inboxPrefix;
    this.#inbox = createInbox(options.inboxPrefix);
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (!error && !isHeartbeat(message)) this.#deliver(message);
      },
    });
    this.#watch();
  }

  /**
   * @param {import("./call.js").Request} request
   * @param {import("./options.js").CallOptions} options
   * @returns {Promise<object>} The reply, or a Failure.
   */
  request(request, options) {
    if (this.#closing) return Promise.resolve(closedFailure());
    return this.#request(request, options);
  }

  /**
   * What may take several requests, one after the other: they have the time of
   * one, and close() waits for all of them. They keep D1's order among those
   * for the same database.
   *
   * @param {import("./options.js").CallOptions} options
   * @param {{database: string, kind: import("./order.js").Kind}} place The
   *   database's subject, and what the requests do.
   * @param {(send: (request: import("./call.js").Request) =>
   *   Promise<object>) => Promise<object>} task
   * @returns {Promise<object>} What the task gives, or a Failure.
   */
  async requests(options, { database, kind }, task) {
    if (this.#closing) return closedFailure();
    const deadline = performance.now() + options.requestTimeout;
    let first = options;
    const run = () =>
      task((request) => {
        const these = first ?? { ...options, deadline };
        first = null;
        return this.#request(request, these);
      });
    const wait = (before) => {
      first = null;
      return this.#wait(before, deadline, options);
    };
    this.#begun += 1;
    const order = this.#orderOf(database, kind);
    try {
      return order ? await order.run(kind, run, wait) : await run();
    } finally {
      this.#begun -= 1;
      if (order?.isIdle) this.#orders.delete(database);
      this.#lookIdle();
    }
  }

  /** Nothing, where a read has nothing to wait for. */
  #orderOf(database, kind) {
    const known = this.#orders.get(database);
    if (known || kind === "read") return known;
    const order = new RequestOrder();
    this.#orders.set(database, order);
    return order;
  }

  /** @returns {Promise<object | null>} A Failure, where it was given up. */
  async #wait(before, deadline, { signal, requestTimeout }) {
    if (this.#isFull()) return this.#fullFailure();
    this.#waiting += 1;
    let timer;
    let onAbort;
    const patience = new Promise((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      if (signal?.aborted) onAbort();
      addAbort(signal, onAbort);
      const left = Math.max(deadline - performance.now(), 0);
      timer = setTimeout(resolve, left, waitedFailure(requestTimeout));
    });
    try {
      return (await Promise.race([before.then(() => null), patience])) ?? null;
    } finally {
      clearTimeout(timer);
      removeAbort(signal, onAbort);
      this.#waiting -= 1;
    }
  }

  #isFull() {
    return this.#calls.size + this.#waiting >= this.#callsMax;
  }

  #fullFailure() {
    const text = `${this.#callsMax} calls wait for replies (option maxCalls)`;
    return failure("overloaded", text, true);
  }

  #request(request, options) {
    if (this.#refusal) return Promise.resolve(this.#refusal);
    if (this.#isFull()) return Promise.resolve(this.#fullFailure());
    const token = (this.#nextToken++).toString(36);
    const call = new Call(this, request, options);
    this.#calls.set(token, call);
    return call.start(token);
  }

  /** Lets running calls end, then closes the connection. */
  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    if (this.#isBusy()) {
      await new Promise((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.#connection.close();
  }

  // What a Call needs.

  replySubject(token) {
    return `${this.#inbox}.${token}`;
  }

  /** @returns {object | undefined} A Failure, if it cannot be published. */
  publish(subject, payload, headers, reply) {
    const bytes = payload.length + headers.encode().length;
    const bytesMax = this.#connection.info?.max_payload ?? bytes;
    if (bytes > bytesMax) {
      return failure(
        "too_large",
        `the request has ${bytes} bytes, more than the ${bytesMax} that the ` +
          "NATS server takes in one message (max_payload)",
      );
    }
    this.#connection.publish(subject, payload, { reply, headers });
    return undefined;
  }

  /** @param {(message: import("@nats-io/transport-node").Msg) => void} take */
  listen(take) {
    const subject = createInbox(this.inboxPrefix);
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (!error && !isHeartbeat(message)) take(message);
      },
    });
    return { subject, subscription };
  }

  /** Says that a part of a stream was taken. An answer that is lost makes the
   * stream slower, no more. */
  answer(subject) {
    if (!this.mayAnswer || !this.isConnected || this.#refusal) return;
    this.#answersBelow = subject.slice(0, subject.lastIndexOf(".") + 1);
    try {
      this.#connection.publish(subject);
    } catch {
      // It is closed.
    }
  }

  forget(token) {
    this.#calls.delete(token);
    this.#lookIdle();
  }

  #isBusy() {
    return this.#calls.size > 0 || this.#begun > 0;
  }

  #lookIdle() {
    if (this.#idle && !this.#isBusy()) this.#idle();
  }

  noResponders(subject) {
    return failure(
      "unavailable",
      `no Sluice answers ${subject} at ${this.servers}: is it running, with ` +
        "this subject prefix?",
      true,
    );
  }

  #deliver(message) {
    const { subject } = message;
    const token = subject.slice(subject.lastIndexOf(".") + 1);
    this.#calls.get(token)?.onMessage(message);
  }

  async #watch() {
    for await (const status of this.#connection.status()) {
      switch (status.type) {
        case "disconnect":
          this.isConnected = false;
          break;
        case "reconnect":
          this.#onReconnect();
          break;
        case "error":
          this.#onError(status.error);
          break;
        default:
          break;
      }
    }
    this.#onClosed(await this.#connection.closed());
  }

  /** What was sent before, or its reply, may be lost. */
  #onReconnect() {
    this.isConnected = true;
    this.mayAnswer = true;
    for (const call of [...this.#calls.values()]) call.attempt();
  }

  #onError(error) {
    if (error?.name !== "PermissionViolationError") return;
    if (error.operation === "publish") {
      if (this.#answersBelow && error.subject.startsWith(this.#answersBelow)) {
        // Streams go on without answers: the server waits two seconds for one.
        this.mayAnswer = false;
        return;
      }
      const text = `NATS does not permit this connection to send to ${error.subject}`;
      for (const call of [...this.#calls.values()]) {
        if (call.subject === error.subject) {
          call.fail(failure("not_authorized", text));
        }
      }
      return;
    }
    this.#refuseAll(
      failure(
        "not_authorized",
        `NATS does not permit this connection to listen to ${error.subject}, ` +
          "where replies come: see the option inboxPrefix",
      ),
    );
  }

  #onClosed(error) {
    this.isConnected = false;
    const why = error ? `: ${error.message}` : "";
    this.#refuseAll(
      failure("unavailable", `the connection to NATS is closed${why}`),
    );
  }

  #refuseAll(refusal) {
    this.#refusal = refusal;
    for (const call of [...this.#calls.values()]) call.fail(refusal);
  }
}

function closedFailure() {
  return failure("unavailable", "the connection was closed with close()");
}

function waitedFailure(ms) {
  return failure(
    "timeout",
    `a write that was sent before had no reply within ${ms} ms, and what comes ` +
      "after it waits for it; nothing was executed",
    true,
  );
}

function shownServers(servers) {
  const list = [servers ?? "127.0.0.1:4222"].flat();
  return list
    .map((server) => String(server).replace(/\/\/[^@/]*@/, "//"))
    .join(", ");
}
