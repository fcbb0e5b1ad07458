// The headers of requests.

import { headers } from "@nats-io/transport-node";

let lastPlain = { timeout: 0, made: undefined };

/**
 * Parts of a stream that may be under way: a few megabytes. NATS cuts off who
 * lets much more wait.
 */
const streamWindow = "32";

/**
 * @param {object} values
 * @param {number} values.timeout Milliseconds.
 * @param {string} [values.id]
 * @param {string} [values.bookmark]
 * @param {boolean} [values.streams]
 * @param {boolean} [values.answers] Each part of the stream will be answered.
 */
export function requestHeaders({ timeout, id, bookmark, streams, answers }) {
  if (id === undefined && bookmark === undefined && !streams) {
    return plainHeaders(timeout);
  }
  const made = timedHeaders(timeout);
  if (id !== undefined) made.set("Nats-Msg-Id", id);
  if (bookmark !== undefined) made.set("Sluice-Bookmark", bookmark);
  if (streams) made.set("Sluice-Stream", "true");
  if (streams && answers) made.set("Sluice-Window", streamWindow);
  return encodedOnce(made);
}

/** Most requests have these and no others. */
function plainHeaders(timeout) {
  if (lastPlain.timeout !== timeout) {
    lastPlain = { timeout, made: encodedOnce(timedHeaders(timeout)) };
  }
  return lastPlain.made;
}

/** A read that takes long ends when this process is gone. */
function timedHeaders(timeout) {
  const made = headers();
  made.set("Sluice-Timeout-Ms", String(timeout));
  made.set("Sluice-Heartbeat", "true");
  return made;
}

/** Whether a message only asks if somebody listens.
 *
 * @param {import("@nats-io/transport-node").Msg} message
 */
export function isHeartbeat(message) {
  return (
    message.data.length === 0 && !!message.headers?.has("Sluice-Heartbeat")
  );
}

function encodedOnce(made) {
  const bytes = made.encode();
  made.encode = () => bytes;
  return made;
}
