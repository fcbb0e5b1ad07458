// The request `dump`: the bytes of a database's file.

import { StreamedBytes } from "./collectors.js";
import { d1Error, failureOf } from "./errors.js";
import { requestHeaders } from "./headers.js";

/**
 * @param {string} database Its subject.
 * @returns {Promise<ArrayBuffer>}
 */
export async function dumpFile(transport, database, options) {
  // The server copies the database first: another request would do it again.
  const patient = { ...options.retry, silence: Number.POSITIVE_INFINITY };
  const reply = await transport.requests(
    { ...options, retry: patient },
    { database, kind: "read" },
    (send) =>
      send({
        subject: `${database}.dump`,
        payload: Buffer.from("{}"),
        changes: false,
        streams: true,
        headers: (timeout, answers) =>
          requestHeaders({ timeout, streams: true, answers }),
        collector: () => new StreamedBytes(options.maxResultBytes),
      }),
  );
  const failed = failureOf(reply);
  if (failed) throw d1Error("D1_DUMP_ERROR", failed);
  return reply.buffer;
}
