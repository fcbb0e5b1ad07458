// Sessions: what sees its own writes, and goes on from a bookmark.

import { d1Error, failureOf } from "./errors.js";
import { resultOf } from "./result.js";
import { checkedStatements, PreparedStatement } from "./statement.js";

const constraints = ["first-primary", "first-unconstrained"];

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
    return new PreparedStatement(this, query);
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

/** D1's D1DatabaseSession. */
export class DatabaseSession {
  #session;
  #bookmarkOrConstraint;

  constructor(endpoint, options, constraintOrBookmark) {
    this.#bookmarkOrConstraint =
      constraintOrBookmark?.trim() || "first-unconstrained";
    this.#session = new BookmarkedSession(endpoint, options, this);
  }

  prepare(query) {
    return this.#session.prepare(query);
  }

  batch(statements) {
    return this.#session.batch(statements);
  }

  getBookmark() {
    return constraints.includes(this.#bookmarkOrConstraint)
      ? null
      : this.#bookmarkOrConstraint;
  }

  /** What the next request asks for. */
  get constraint() {
    return this.#bookmarkOrConstraint;
  }

  /** Replies may come in another order than they were made. */
  advance(bookmark) {
    const current = this.getBookmark();
    if (bookmark && (current === null || bookmark > current)) {
      this.#bookmarkOrConstraint = bookmark;
    }
  }
}

class BookmarkedSession extends Session {
  #owner;

  constructor(endpoint, options, owner) {
    super(endpoint, options);
    this.#owner = owner;
  }

  async query(statements, isBatch) {
    const reply = await this.endpoint.run(
      statements,
      isBatch,
      this.options,
      this.#owner.constraint,
    );
    this.#owner.advance(reply.message?.headers?.get("Sluice-Bookmark"));
    return reply;
  }
}
