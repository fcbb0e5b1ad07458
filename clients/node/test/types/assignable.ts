// Type-checked only: Sluice's types fit Cloudflare's.

import type {
  D1Database as CloudflareDatabase,
  D1DatabaseSession as CloudflareSession,
  D1ExecResult as CloudflareExecResult,
  D1PreparedStatement as CloudflareStatement,
  D1Result as CloudflareResult,
} from "@cloudflare/workers-types";
import { drizzle } from "drizzle-orm/d1";
import { D1Dialect } from "kysely-d1";
import type { D1Database as OlderDatabase } from "workers-types-4";
import {
  connect,
  type D1PreparedStatement,
  type D1Result,
  type Sluice,
  type SluiceDatabase,
  type SluiceError,
} from "sluice-d1";

interface Env {
  DB: CloudflareDatabase;
}

// A Worker that was written for D1.
async function worker(env: Env): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM users WHERE id > ?",
  )
    .bind(7)
    .all<{ name: string }>();
  await env.DB.batch([env.DB.prepare("DELETE FROM users")]);
  return results.map(({ name }) => name);
}

export async function main(): Promise<void> {
  const sluice: Sluice = await connect({
    servers: ["nats://127.0.0.1:4222"],
    user: "app",
    pass: "secret",
    tls: { ca: "…" },
    bigint: true,
    requestTimeout: 5_000,
    retry: { attempts: 3 },
  });
  const DB: SluiceDatabase = sluice.database("app");
  await worker({ DB });
  const database: CloudflareDatabase = DB;
  const older: OlderDatabase = DB;
  const statement: CloudflareStatement = DB.prepare("SELECT ?").bind(1n);
  const session: CloudflareSession = DB.withSession("first-primary");
  const run: CloudflareResult<{ a: number }> = await DB.prepare("").run<{
    a: number;
  }>();
  const exec: CloudflareExecResult = await DB.exec("");
  const bytes: ArrayBuffer = await DB.dump();
  drizzle(DB);
  new D1Dialect({ database: DB });

  // And its own.
  const own: D1PreparedStatement = DB.prepare("SELECT 1");
  const first: string | null = await own.first<string>("name");
  const row: { a: number } | null = await own.first<{ a: number }>();
  const [names, ...rows] = await own.raw<[number]>({ columnNames: true });
  const name: string | undefined = names[0];
  const cell: number | undefined = rows[0]?.[0];
  const all: D1Result<{ a: number }> = await own.all<{ a: number }>();
  const changes: number = all.meta.changes;
  const patient = DB.withOptions({
    signal: AbortSignal.timeout(1_000),
    requestTimeout: 1_000,
    messageId: "order-1",
    retry: false,
  });
  await patient.withOptions({ signal: null, messageId: null }).exec("");
  const { uuid, name: called } = await sluice.databases.create("other");
  const page = await sluice.databases.list({ name: "o", perPage: 10 });
  const total: number = page.total + page.length;
  await sluice.databases.get({ uuid });
  await sluice.databases.delete(called);
  try {
    await own.run();
  } catch (error) {
    const { code, retryable, message } = error as SluiceError;
    console.log(code, retryable, message);
  }
  await sluice.close();
  console.log(database, older, statement, session, run, exec, bytes);
  console.log(first, row, name, cell, changes, total);

  // @ts-expect-error -- no such option of a call
  DB.withOptions({ timeout: 5 });
  // @ts-expect-error -- the name is missing
  sluice.database();
  // @ts-expect-error -- a statement is no text
  await DB.batch(["SELECT 1"]);
}
