// The options of connect(): Sluice's own, and all others for the NATS client.

const own = [
  "bigint",
  "maxCalls",
  "maxResultBytes",
  "prefix",
  "requestTimeout",
  "retry",
];

/** What the NATS client does where the caller says nothing else. */
const natsDefaults = {
  name: "sluice-d1",
  // Comes back whenever the server does, and looks for it often.
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  // A connection that is dead without being closed is found in half a minute.
  pingInterval: 10_000,
};

const retryDefaults = {
  attempts: 10,
  backoff: 50,
  backoffMax: 2_000,
  // Who resends early adds to the load that made the reply late.
  silence: 5_000,
  // Half of the time for which a server remembers a write, by default.
  within: 300_000,
};

const never = {
  attempts: 1,
  backoff: 0,
  backoffMax: 0,
  silence: Number.POSITIVE_INFINITY,
  within: 0,
};

const timeoutMax = 2 ** 31 - 1;

/**
 * @param {object} options What connect() was given.
 * @returns {{nats: object, calls: CallOptions, prefix: string,
 *   maxCalls: number}}
 *
 * @typedef {object} CallOptions
 * @property {boolean} bigint
 * @property {number} maxResultBytes
 * @property {number} requestTimeout
 * @property {{attempts: number, backoff: number, backoffMax: number,
 *   silence: number, within: number}} retry
 * @property {AbortSignal} [signal]
 * @property {string} [messageId]
 * @property {number} [deadline] Instead of requestTimeout, on the clock of
 *   performance.now(): for what is not the first request of a call.
 */
export function splitOptions(options = {}) {
  const nats = { ...natsDefaults };
  for (const [name, value] of Object.entries(options)) {
    if (!own.includes(name) && value !== undefined) nats[name] = value;
  }
  // The NATS client does not look at it, and would talk in the clear to a
  // server that has no TLS.
  if (nats.tls === undefined && wantsTls(nats.servers)) nats.tls = {};
  const { prefix = "sluice", maxCalls = 65_536, ...rest } = options;
  if (typeof prefix !== "string" || !/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(prefix)) {
    throw new TypeError(
      `the option prefix must be a subject of NATS without wildcards, not ${shown(prefix)}`,
    );
  }
  checkCount("maxCalls", maxCalls);
  const defaults = {
    bigint: false,
    maxResultBytes: 2 ** 29,
    requestTimeout: 30_000,
    retry: retryDefaults,
  };
  return { nats, prefix, maxCalls, calls: mergeCallOptions(defaults, rest) };
}

function wantsTls(servers) {
  return [servers ?? []].flat().some((url) => /^tls:/i.test(url));
}

/**
 * Options with some replaced.
 *
 * @param {CallOptions} base
 * @param {object} options Undefined members leave what is in `base`.
 * @returns {CallOptions}
 */
export function mergeCallOptions(base, options = {}) {
  const merged = { ...base };
  if (options.bigint !== undefined) merged.bigint = checkedBigint(options);
  if (options.maxResultBytes !== undefined) {
    checkCount("maxResultBytes", options.maxResultBytes);
    merged.maxResultBytes = options.maxResultBytes;
  }
  if (options.requestTimeout !== undefined) {
    merged.requestTimeout = checkedMs("requestTimeout", options.requestTimeout);
  }
  if (options.retry !== undefined) {
    merged.retry = checkedRetry(base.retry, options.retry);
  }
  if (options.signal !== undefined) merged.signal = checkedSignal(options);
  if (options.messageId !== undefined) merged.messageId = checkedId(options);
  return merged;
}

function checkedBigint({ bigint }) {
  if (typeof bigint === "boolean") return bigint;
  throw new TypeError(
    `the option bigint must be true or false, not ${shown(bigint)}`,
  );
}

function checkCount(name, value) {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new TypeError(
    `the option ${name} must be a whole number above 0, not ${shown(value)}`,
  );
}

function checkedMs(name, value) {
  if (Number.isInteger(value) && value > 0 && value <= timeoutMax) return value;
  throw new TypeError(
    `the option ${name} must be milliseconds from 1 to ${timeoutMax}, not ${shown(value)}`,
  );
}

function checkedRetry(base, retry) {
  if (retry === false) return never;
  if (typeof retry !== "object" || retry === null) {
    throw new TypeError(
      `the option retry must be false or an object, not ${shown(retry)}`,
    );
  }
  const result = base === never ? { ...retryDefaults } : { ...base };
  for (const [name, value] of Object.entries(retry)) {
    if (!Object.hasOwn(retryDefaults, name)) {
      throw new TypeError(
        `the option retry has no member ${name}, but ${Object.keys(retryDefaults).join(", ")}`,
      );
    }
    if (value === undefined) continue;
    if (name === "attempts") checkCount("retry.attempts", value);
    else checkedMs(`retry.${name}`, value);
    result[name] = value;
  }
  return result;
}

function checkedSignal({ signal }) {
  if (signal === null) return undefined;
  if (typeof signal?.addEventListener === "function") return signal;
  throw new TypeError(
    `the option signal must be an AbortSignal, not ${shown(signal)}`,
  );
}

function checkedId({ messageId }) {
  if (messageId === null) return undefined;
  const fits =
    typeof messageId === "string" && /^[\x21-\x7e]{1,255}$/.test(messageId);
  if (fits) return messageId;
  throw new TypeError(
    "the option messageId must be 1 to 255 printable ASCII characters " +
      `without blanks, not ${shown(messageId)}`,
  );
}

function shown(value) {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
