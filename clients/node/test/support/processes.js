// The programs that the tests run: a Sluice, a NATS server.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const startDeadline = 60_000;

/** The program that is tested: $SLUICE, or the newest build that is there. */
export function sluiceProgram() {
  const program = process.env.SLUICE ?? join(root, "build/dev/sluice");
  if (existsSync(program)) return program;
  throw new Error(
    `${program} is not there: scripts/build_preset.sh dev sluice builds it`,
  );
}

/** A folder that is deleted at the end, when no program uses it any more. */
export async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "sluice-node-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** A child process whose end the test sees to. */
class Process {
  #child;
  #log = "";

  constructor(program, options, t) {
    this.#child = spawn(program, options, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        PATH: `${process.env.PATH}:/usr/sbin`,
      },
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("close", resolve);
      this.#child.once("error", (error) => {
        this.#log += error.message;
        resolve();
      });
    });
    this.#child.stderr.on("data", (data) => {
      this.#log = (this.#log + data).slice(-20_000);
    });
    t.after(() => this.stop());
    // Also when the tests themselves end by an error.
    const kill = () => this.#child.kill("SIGKILL");
    process.once("exit", kill);
    this.ended.then(() => process.off("exit", kill));
  }

  get log() {
    return this.#log;
  }

  /** The first line that matches, of what it prints to its output or log. */
  async line(pattern, { stream = "stdout" } = {}) {
    const lines = createInterface({ input: this.#child[stream] });
    const found = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it did not say ${pattern}:\n${this.log}`)),
        startDeadline,
      );
      this.ended.then(() => {
        clearTimeout(timer);
        reject(new Error(`it ended before it said ${pattern}:\n${this.log}`));
      });
      lines.on("line", (text) => {
        const match = pattern.exec(text);
        if (!match) return;
        clearTimeout(timer);
        resolve(match);
      });
    });
    return await found;
  }

  signal(name) {
    this.#child.kill(name);
  }

  async stop(name = "SIGTERM") {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(name);
    }
    await this.ended;
    if (/Sanitizer|runtime error:/.test(this.#log)) throw new Error(this.#log);
  }
}

/** A Sluice with a NATS server of its own, or with a given one. */
export async function startSluice(t, { data, nats, settings = [] } = {}) {
  const folder = data ?? (await temporaryFolder());
  const where = nats ? ["--nats-url", nats] : ["--nats-listen", "127.0.0.1:0"];
  const sluice = new Process(
    sluiceProgram(),
    ["serve", "--data", folder, ...where, ...settings],
    t,
  );
  const [, url] = await sluice.line(/^ready (\S+) /);
  return Object.assign(sluice, { url: nats ?? url, data: folder });
}

/** A NATS server on a port that it can come back to. */
export async function startNats(t, { port, settings = [] } = {}) {
  const taken = port ?? (await freePort());
  const server = new Process(
    "nats-server",
    ["--addr", "127.0.0.1", "--port", String(taken), ...settings],
    t,
  );
  await server.line(/Server is ready/, { stream: "stderr" });
  return Object.assign(server, {
    port: taken,
    url: `nats://127.0.0.1:${taken}`,
  });
}
