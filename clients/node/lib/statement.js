// A prepared statement, with or without its values.

import { d1Error, failure, failureOf, wordedError } from "./errors.js";
import { hide } from "./hide.js";
import { objectsOf, resultOf } from "./result.js";
import { convert } from "./values.js";

/** It does not change: bind() makes another one. */
export class D1PreparedStatement {
  /**
   * @param {import("./session.js").Session} session
   * @param {string} statement
   * @param {unknown[]} params
   */
  constructor(session, statement, params = []) {
    this.statement = statement;
    this.params = params;
    hide(this, { session });
  }

  bind(...values) {
    return new D1PreparedStatement(
      this.session,
      this.statement,
      values.map(convert),
    );
  }

  async first(column) {
    const { results } = (await query(this)).body;
    const [row] = objectsOf(results.columns, results.rows.slice(0, 1));
    if (row === undefined) return null;
    if (column === undefined) return row;
    if (Object.hasOwn(row, column)) return row[column];
    throw wordedError(
      `D1_COLUMN_NOTFOUND: Column not found (${column})`,
      { code: "not_found", retryable: false },
      "Column not found",
    );
  }

  async run() {
    const { body, attempts } = await query(this);
    return resultOf(body, attempts);
  }

  async all() {
    const { body, attempts } = await query(this);
    return resultOf(body, attempts);
  }

  async raw(options) {
    const { columns, rows } = (await query(this)).body.results;
    return options?.columnNames ? [columns, ...rows] : rows;
  }
}

async function query(statement) {
  const reply = await statement.session.query([statement], false);
  const failed = failureOf(reply);
  if (failed) throw d1Error("D1_ERROR", failed);
  return reply;
}

/** The statements of a batch, if they are that. */
export function checkedStatements(statements) {
  for (const statement of statements) {
    if (statement instanceof D1PreparedStatement) continue;
    const text = "batch() takes an array of statements made with prepare()";
    throw d1Error("D1_ERROR", failure("bad_request", text));
  }
  return statements;
}
