// A TCP proxy that stands between a program and its NATS server, and can keep
// what the server sends, as a network does that is cut at a bad moment.

import { once } from "node:events";
import { connect, createServer } from "node:net";

export async function startProxy(t, target) {
  const { hostname, port } = new URL(target);
  const pairs = new Set();
  const proxy = { keepsRequests: false, keepsReplies: false };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream];
    pairs.add(pair);
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        pairs.delete(pair);
        for (const other of pair) other.destroy();
      });
    }
    client.on("data", (data) => {
      if (!proxy.keepsRequests) upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (!proxy.keepsReplies) client.write(data);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  t.after(() => {
    cut();
    server.close();
  });
  return Object.assign(proxy, {
    url: `nats://127.0.0.1:${server.address().port}`,
    cut,
  });
}
