// The request `exec`: a script of many statements.

import { randomUUID } from "node:crypto";

import { WholeReply } from "./collectors.js";
import { d1Error, failureOf } from "./errors.js";
import { requestHeaders } from "./headers.js";
import { parseRounded } from "./json.js";
import { stringJson } from "./values.js";

/** What the server says first about an error in a script. */
const place = /^statement \d+, line (\d+): /;

/** What a statement meets that begins where another one has not ended. */
const endsWrong = /syntax error|incomplete input|unrecognized token/;

const shownMax = 2_000;

/**
 * A script's statements end with semicolons, and may span lines. With D1 they
 * end with their line and need no semicolon: a script that is not valid is
 * tried that way, too. The first time changed nothing.
 *
 * @param {string} database Its subject.
 * @returns {Promise<{count: number, duration: number}>}
 */
export async function runScript(transport, database, sql, options) {
  const place = { database, kind: "write" };
  const reply = await transport.requests(options, place, async (send) => {
    const run = (text) => send(request(`${database}.exec`, text, options));
    const first = await run(sql);
    if (!mayEndWithLines(failureOf(first), sql)) return first;
    const second = await run(endLines(sql));
    return isBetter(failureOf(second), failureOf(first)) ? second : first;
  });
  const failed = failureOf(reply);
  if (failed) throw d1Error("D1_EXEC_ERROR", worded(failed, sql));
  const { count, duration } = reply.body;
  return { count, duration };
}

function request(subject, sql, options) {
  const id = options.messageId ?? randomUUID();
  const text = typeof sql === "string" ? stringJson(sql) : null;
  return {
    subject,
    payload: Buffer.from(`{"sql":${text}}`),
    changes: true,
    streams: false,
    headers: (timeout) => requestHeaders({ timeout, id }),
    collector: () => new WholeReply(parseRounded, isCount),
  };
}

function isCount(body) {
  return body?.success === true && Number.isSafeInteger(body.count);
}

function mayEndWithLines(failed, sql) {
  return (
    failed?.code === "sql_error" &&
    endsWrong.test(failed.error) &&
    /\S[^\S\n]*\n\s*\S/.test(sql)
  );
}

/** A semicolon at the end might be in a comment; the line's number stays. */
function endLines(sql) {
  return sql.replaceAll("\n", "\n;");
}

/** Whether the second try went well, or at least further. */
function isBetter(second, first) {
  if (!second) return true;
  if (second.code !== "sql_error") return place.test(second.error);
  const gain = lineOf(second) - lineOf(first);
  return gain > 0 || (gain === 0 && !endsWrong.test(second.error));
}

function lineOf({ error }) {
  return Number(place.exec(error)?.[1] ?? 1);
}

/** Names the line as D1 does: by its number and its text. */
function worded(failed, sql) {
  const found = place.exec(failed.error);
  if (typeof sql !== "string") return failed;
  if (!found && failed.code !== "bad_request") return failed;
  const line = lineOf(failed);
  const text = shortened((sql.split("\n", line)[line - 1] ?? "").trim());
  const rest = found ? failed.error.slice(found[0].length) : failed.error;
  return { ...failed, error: `Error in line ${line}: ${text}: ${rest}` };
}

function shortened(text) {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}
