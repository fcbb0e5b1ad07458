import type { NodeConnectionOptions } from "@nats-io/transport-node";

/**
 * Connects to NATS. Takes every option of the NATS client, and Sluice's own.
 *
 * @example
 * const sluice = await connect({ servers: "nats://127.0.0.1:4222" });
 * const DB = sluice.database("app");
 */
export declare function connect(options?: ConnectOptions): Promise<Sluice>;

/** All options of the NATS client pass through. */
export interface ConnectOptions extends NodeConnectionOptions {
  /** The server's setting `nats.subject_prefix`. Default: `"sluice"`. */
  prefix?: string;
  /** See {@link CallOptions.bigint}. */
  bigint?: boolean;
  /**
   * How many calls may wait for their replies at once; beyond that they fail
   * with the code `overloaded`. Default: 65 536.
   */
  maxCalls?: number;
  /** See {@link CallOptions.maxResultBytes}. */
  maxResultBytes?: number;
  /** See {@link CallOptions.requestTimeout}. */
  requestTimeout?: number;
  /** See {@link CallOptions.retry}. */
  retry?: false | RetryOptions;
}

/** What can be set for a connection, for a database, and for single calls. */
export interface CallOptions {
  /**
   * Integers beyond ±(2^53 − 1) arrive as `bigint`, with all their digits.
   * All others stay numbers. Default: false, they are rounded, as with D1.
   */
  bigint?: boolean;
  /**
   * How large a result, or a dump, may be that comes as several messages, in
   * bytes on the way. Beyond that it is `too_large`. Default: 512 MiB.
   */
  maxResultBytes?: number;
  /**
   * How long a call may take, in milliseconds, everything included. The server
   * interrupts what still runs by then. Default: 30 000.
   */
  requestTimeout?: number;
  /** When a request is sent again; false: never. */
  retry?: false | RetryOptions;
  /**
   * Ends the wait with the signal's reason. What has been sent may still be
   * executed. `null` takes a signal away.
   */
  signal?: AbortSignal | null;
  /**
   * The idempotency key of the one write that is made with these options,
   * instead of one made at random: also another process that sends the same
   * write with it gets the first reply. `null` takes it away.
   */
  messageId?: string | null;
}

/**
 * A request is sent again when the server refused it without executing
 * anything, when the connection was lost, and when there is no reply for a
 * while. Writes have an id with which they are executed once.
 */
export interface RetryOptions {
  /** How often it is sent at most. Default: 10. */
  attempts?: number;
  /**
   * Wait after the first refusal, doubled each time, less a random part of up
   * to a half. Default: 50 ms.
   */
  backoff?: number;
  /** The longest such wait. Default: 2 000 ms. */
  backoffMax?: number;
  /** How long a reply is waited for, doubled each time. Default: 5 000 ms. */
  silence?: number;
  /**
   * How long after it was first sent a write whose fate is unknown is sent
   * again. Must be less than the server's `idempotency.retention_s`. Default:
   * 300 000 ms.
   */
  within?: number;
}

/** A connection. */
export interface Sluice {
  /** A database by its name; it need not exist yet. */
  database(name: string, options?: CallOptions): SluiceDatabase;
  /** The catalogue of databases. */
  readonly databases: Databases;
  /** Lets running calls end, refuses new ones, and closes the connection. */
  close(): Promise<void>;
}

/** The catalogue. Its errors have `code` and `retryable`, and no prefix. */
export interface Databases {
  /** Fails with the code `conflict` if the name is taken. */
  create(name: string): Promise<DatabaseInfo>;
  /** Fails with the code `not_found`. */
  get(name: string | { uuid: string }): Promise<DatabaseInfo>;
  /** One page, with `total`, `page` and `perPage` as properties. */
  list(options?: ListOptions): Promise<DatabasePage>;
  /** Deletes a database and all that it holds. */
  delete(name: string): Promise<void>;
}

export interface ListOptions {
  /** A part of the name. */
  name?: string;
  /** From 1. */
  page?: number;
  /** At most 100. */
  perPage?: number;
}

export interface DatabaseInfo {
  uuid: string;
  name: string;
  created_at: string;
  file_size: number;
  num_tables: number;
  version: string;
}

export interface DatabasePage extends Array<DatabaseInfo> {
  total: number;
  page: number;
  perPage: number;
}

/** What a failed call throws: an Error with D1's message, and two more. */
export interface SluiceError extends Error {
  /**
   * `bad_request`, `sql_error`, `not_authorized`, `not_found`, `conflict`,
   * `constraint`, `too_large`, `overloaded`, `timeout`, `unavailable`,
   * `storage` or `internal`.
   */
  code: string;
  /** Nothing was executed; the same call may succeed later. */
  retryable: boolean;
  /** The text without D1's prefix. */
  cause?: Error;
}

/** D1Database of Cloudflare's types, and withOptions(). */
export interface SluiceDatabase {
  prepare(query: string): D1PreparedStatement;
  batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]>;
  /** Statements may span lines. The script is one transaction. */
  exec(query: string): Promise<D1ExecResult>;
  withSession(
    constraintOrBookmark?: D1SessionBookmark | D1SessionConstraint,
  ): D1DatabaseSession;
  /** The bytes of a file that SQLite opens. */
  dump(): Promise<ArrayBuffer>;
  /** The same database with other options. */
  withOptions(options: CallOptions): SluiceDatabase;
}

export type D1SessionConstraint = "first-primary" | "first-unconstrained";
export type D1SessionBookmark = string;

export interface D1DatabaseSession {
  prepare(query: string): D1PreparedStatement;
  batch<T = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]>;
  getBookmark(): D1SessionBookmark | null;
}

export interface D1PreparedStatement {
  /**
   * Takes null, numbers, strings, booleans, bigints, ArrayBuffers, their views,
   * and arrays of bytes.
   */
  bind(...values: unknown[]): D1PreparedStatement;
  first<T = unknown>(colName: string): Promise<T | null>;
  first<T = Record<string, unknown>>(): Promise<T | null>;
  run<T = Record<string, unknown>>(): Promise<D1Result<T>>;
  all<T = Record<string, unknown>>(): Promise<D1Result<T>>;
  raw<T = unknown[]>(options: {
    columnNames: true;
  }): Promise<[string[], ...T[]]>;
  raw<T = unknown[]>(options?: { columnNames?: false }): Promise<T[]>;
}

export interface D1Response {
  success: true;
  meta: D1Meta & Record<string, unknown>;
  error?: never;
}

export type D1Result<T = unknown> = D1Response & { results: T[] };

export interface D1Meta {
  duration: number;
  size_after: number;
  rows_read: number;
  rows_written: number;
  last_row_id: number;
  changed_db: boolean;
  changes: number;
  served_by_primary?: boolean;
  timings?: { sql_duration_ms: number };
  /** How often the request was sent. */
  total_attempts?: number;
}

export interface D1ExecResult {
  count: number;
  duration: number;
}
