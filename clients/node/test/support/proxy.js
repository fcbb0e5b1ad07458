// A TCP proxy that stands between a program and its NATS server, and can keep
// what the server sends, as a network does that is cut at a bad moment. With
// `pause` it takes nothing for so many milliseconds, again and again.

import { once } from "node:events";
import { connect, createServer } from "node:net";

const bytesBetweenPauses = 4_000_000;

export async function startProxy(t, target) {
  const { hostname, port } = new URL(target);
  const pairs = new Set();
  const proxy = { keepsRequests: false, keepsReplies: false, pause: 0 };
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
    let bytes = 0;
    client.on("data", (data) => {
      if (!proxy.keepsRequests) upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (!proxy.keepsReplies) client.write(data);
      bytes += data.length;
      if (proxy.pause === 0 || bytes < bytesBetweenPauses) return;
      bytes = 0;
      upstream.pause();
      setTimeout(() => upstream.resume(), proxy.pause);
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
