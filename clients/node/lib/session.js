// Sessions: what sees its own writes, and goes on from a bookmark.

import { d1Error, failureOf } from "./errors.js";
import { hide } from "./hide.js";
import { resultOf } from "./result.js";
import { checkedStatements, D1PreparedStatement } from "./statement.js";

const constraints = ["first-primary", "first-unconstrained"];

/** A commit's number and a database's UUID. */
const bookmarkForm = /^[0-9a-f]{16}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What all statements of a database without sessions run in. */
export class Session {
  /**
   * @param {import("./query.js").QueryEndpoint} endpoint
   * @param {import("./options.js").CallOptions} options
   */
  constructor(endpoint, options) {
    this.endpoint = endpoint;
    this.options = options;
  }

  prepare(query) {
    return new D1PreparedStatement(this, query);
  }

  async batch(statements) {
    const reply = await this.query(checkedStatements(statements), true);
    const failed = failureOf(reply);
    if (failed) throw d1Error("D1_ERROR", failed);
    return reply.body.map((one) => resultOf(one, reply.attempts));
  }

  /** @returns {Promise<object>} The reply, or a Failure. */
  query(statements, isBatch) {
    return this.endpoint.run(statements, isBatch, this.options);
  }
}

/** Asks for what is at least as new as what it has seen. */
class BookmarkedSession extends Session {
  #bookmarkOrConstraint;

  constructor(endpoint, options, constraintOrBookmark) {
    super(endpoint, options);
    this.#bookmarkOrConstraint =
      constraintOrBookmark?.trim() || "first-unconstrained";
  }

  get bookmark() {
    return constraints.includes(this.#bookmarkOrConstraint)
      ? null
      : this.#bookmarkOrConstraint;
  }

  async query(statements, isBatch) {
    const reply = await this.endpoint.run(
      statements,
      isBatch,
      this.options,
      () =>
        this.#isForeign() ? "first-unconstrained" : this.#bookmarkOrConstraint,
    );
    this.#advance(reply.message?.headers?.get("Sluice-Bookmark"));
    return reply;
  }

  /** Replies may come in another order than they were made. */
  #advance(bookmark) {
    const current = this.bookmark;
    if (!bookmark) return;
    if (current === null || this.#isForeign() || bookmark > current) {
      this.#bookmarkOrConstraint = bookmark;
    }
  }

  /** One of Cloudflare's, perhaps, that a browser still has: it asks for
   * nothing that could be had here. */
  #isForeign() {
    const { bookmark } = this;
    return bookmark !== null && !bookmarkForm.test(bookmark);
  }
}

export class D1DatabaseSession {
  constructor(endpoint, options, constraintOrBookmark) {
    hide(this, {
      session: new BookmarkedSession(endpoint, options, constraintOrBookmark),
    });
  }

  prepare(query) {
    return this.session.prepare(query);
  }

  async batch(statements) {
    return await this.session.batch(statements);
  }

  getBookmark() {
    return this.session.bookmark;
  }
}
