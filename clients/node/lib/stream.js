// One attempt of a request whose reply comes as several messages, on a subject
// of its own: its parts do not mix with another's, and once it is left the
// server sees that nobody listens.

export class Stream {
  #transport;
  #collector;
  #subscription;
  #answersTo = "";

  /**
   * @param {import("./transport.js").Transport} transport
   * @param {import("./call.js").Collector} collector
   * @param {(message: import("@nats-io/transport-node").Msg,
   *   stream: Stream) => void} onMessage
   */
  constructor(transport, collector, onMessage) {
    this.#transport = transport;
    this.#collector = collector;
    const { subject, subscription } = transport.listen((message) =>
      onMessage(message, this),
    );
    this.subject = subject;
    this.#subscription = subscription;
  }

  /** Answers a part once it is taken: the server keeps no more of them under
   * way than it was told, so that none is lost on the way. */
  take(message) {
    const reply = this.#collector.take(message);
    // The last message has no such subject.
    this.#answersTo = message.reply ?? "";
    if (reply === undefined) this.#answer();
    return reply;
  }

  /** Listens no more, and keeps nothing. */
  leave() {
    if (this.#subscription === null) return;
    this.#subscription.unsubscribe();
    this.#subscription = null;
    this.#collector = null;
    // A server that waits for answers sends one more part, and nobody takes it.
    this.#answer();
  }

  #answer() {
    if (this.#answersTo !== "") this.#transport.answer(this.#answersTo);
  }
}
