// The request `exec`: a script of many statements.

import { randomUUID } from "node:crypto";

import { WholeReply } from "./collectors.js";
import { d1Error, failureOf } from "./errors.js";
import { requestHeaders } from "./headers.js";
import { parseRounded } from "./json.js";
import { stringJson } from "./values.js";

/** What the server says first about an error in a script. */
const place = /^statement \d+, line (\d+): /;

const shownMax = 2_000;

/** @returns {Promise<{count: number, duration: number}>} */
export async function runScript(transport, subject, sql, options) {
  const id = options.messageId ?? randomUUID();
  const text = typeof sql === "string" ? stringJson(sql) : null;
  const reply = await transport.request(
    {
      subject,
      payload: Buffer.from(`{"sql":${text}}`),
      changes: true,
      streams: false,
      headers: (timeout) => requestHeaders({ timeout, id }),
      collector: () => new WholeReply(parseRounded),
    },
    options,
  );
  const failed = failureOf(reply);
  if (failed) throw d1Error("D1_EXEC_ERROR", placed(failed, sql));
  const { count, duration } = reply.body;
  return { count, duration };
}

/** Names the line as D1 does: by its number and its text. */
function placed(failed, sql) {
  const found = place.exec(failed.error);
  if (typeof sql !== "string") return failed;
  const line = Number(found?.[1] ?? 1);
  if (!found && failed.code !== "bad_request") return failed;
  const text = shortened(sql.split("\n", line)[line - 1] ?? "");
  const rest = found ? failed.error.slice(found[0].length) : failed.error;
  return { ...failed, error: `Error in line ${line}: ${text}: ${rest}` };
}

function shortened(text) {
  return text.length <= shownMax ? text : `${text.slice(0, shownMax)}…`;
}
