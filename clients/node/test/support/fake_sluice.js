// What answers requests as the test says, on a real NATS server.

import { connect, headers } from "@nats-io/transport-node";

/**
 * @param {(request: {subject: string, body: any, headers: object},
 *   number: number) => object | null} answer The body of the reply to each
 *   request, counted from 0; null: no reply.
 */
export async function startFake(t, url, answer) {
  const connection = await connect({ servers: url });
  t.after(() => connection.close());
  const requests = [];
  connection.subscribe("sluice.>", {
    callback: (error, message) => {
      if (error) throw error;
      const request = {
        subject: message.subject,
        body: message.json(),
        id: message.headers.get("Nats-Msg-Id"),
        timeout: Number(message.headers.get("Sluice-Timeout-Ms")),
        streams: message.headers.get("Sluice-Stream") === "true",
        window: message.headers.get("Sluice-Window"),
        at: performance.now(),
      };
      requests.push(request);
      const reply = answer(request, requests.length - 1);
      for (const part of [reply].flat()) if (part) send(message, part);
    },
  });
  await connection.flush();
  return requests;
}

/** A part of a reply may say its headers. */
function send(message, { partHeaders = {}, ...body }) {
  const made = headers();
  for (const [name, value] of Object.entries(partHeaders)) {
    made.set(name, String(value));
  }
  message.respond(JSON.stringify(body), { headers: made });
}

export const meta = { changes: 0, duration: 0 };

export function rowsReply(...rows) {
  return { success: true, meta, results: { columns: ["x"], rows } };
}

export function refusalReply(code, retryable) {
  return { success: false, error: `it is ${code}`, code, retryable };
}
