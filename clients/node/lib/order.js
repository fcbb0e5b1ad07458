// The order that D1 has: a request that comes after a write sees it, whether
// the write was awaited or not. The server has many readers, and retries come
// late, so it is kept here: what reads waits for the replies of the writes
// before it.

/**
 * What a request does, as far as it is known before it is sent.
 *
 * @typedef {"read" | "write" | "unsure"} Kind `write`: the server executes it
 *   behind those that were sent before it; `unsure`: it may do either.
 */

/** Those requests of one connection for one database that may change it. */
export class RequestOrder {
  /** One promise for each that has no reply yet; none of them rejects. */
  #changing = new Set();
  /** What a write has to wait for before it is sent, if anything. */
  #gate = null;

  get isIdle() {
    return this.#changing.size === 0;
  }

  /**
   * @param {Kind} kind
   * @param {() => Promise<object>} send Sends at once.
   * @param {(before: Promise<unknown>) => Promise<object | null>} wait Gives
   *   a Failure where it gave up waiting.
   * @returns {Promise<object>} The reply, or a Failure.
   */
  async run(kind, send, wait) {
    if (kind !== "read") return await this.#change(kind, send, wait);
    const failed = this.isIdle ? null : await wait(this.#replies());
    return failed ?? (await send());
  }

  async #change(kind, send, wait) {
    const isUnsure = kind === "unsure";
    const before = isUnsure && !this.isIdle ? this.#replies() : this.#gate;
    const open = isUnsure || before ? this.#closeGate() : () => {};
    const settle = this.#begin();
    try {
      const failed = before && (await wait(before));
      if (failed) {
        before.then(open);
        return failed;
      }
      const reply = send();
      // A write is in its place once it is sent.
      if (isUnsure) reply.then(open, open);
      else open();
      return await reply;
    } catch (error) {
      // It was not waited for to the end.
      (before ?? Promise.resolve()).then(open);
      throw error;
    } finally {
      settle();
    }
  }

  #replies() {
    return Promise.all(this.#changing);
  }

  #begin() {
    let resolve;
    const replied = new Promise((done) => {
      resolve = done;
    });
    this.#changing.add(replied);
    return () => {
      this.#changing.delete(replied);
      resolve();
    };
  }

  /** @returns {() => void} Opens it again, unless another one closed it. */
  #closeGate() {
    let resolve;
    const gate = new Promise((done) => {
      resolve = done;
    });
    this.#gate = gate;
    return () => {
      if (this.#gate === gate) this.#gate = null;
      resolve();
    };
  }
}

/**
 * Begins with SELECT or VALUES and is the only statement: it cannot change
 * anything. Others may only read as well; their id does not hurt them.
 */
const surelyReads = /^\s*(?:select|values)\b[^;]*(?:;\s*)?$/i;

/** The same with another beginning, where no word of it changes anything. */
const readsBesides = /^\s*(?:with|explain)\b[^;]*(?:;\s*)?$/i;
const changingWord = /\b(?:insert|update|delete|replace)\b/i;

/** What a text has to begin with for the server to send it to a reader first:
 * see its statement_kind.cpp. */
const readingWord = /(?:select|values|with|explain|pragma|$)/iy;
const blanks = /[\s;(]*/y;

function looksLikeRead(text) {
  let at = 0;
  for (;;) {
    at = matchEnd(blanks, text, at);
    const end = endOfComment(text, at);
    if (end === at) return matchEnd(readingWord, text, at) >= 0;
    at = end;
  }
}

/** The place behind what a sticky pattern matches; -1 where it does not. */
function matchEnd(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** The place behind the comment that begins at `at`, if one does. */
function endOfComment(text, at) {
  const start = text.slice(at, at + 2);
  if (start !== "--" && start !== "/*") return at;
  const mark = start === "--" ? "\n" : "*/";
  const end = text.indexOf(mark, at + 2);
  return end < 0 ? text.length : end + mark.length;
}

/** Whether none of these texts can change anything. */
export function cannotChange(texts) {
  return texts.every((text) => surelyReads.test(text));
}

/**
 * @param {string[]} texts Of one request.
 * @returns {Kind}
 */
export function kindOf(texts) {
  if (!texts.every((text) => looksLikeRead(String(text)))) return "write";
  const reads = (text) =>
    surelyReads.test(text) ||
    (readsBesides.test(text) && !changingWord.test(text));
  return texts.every(reads) ? "read" : "unsure";
}
