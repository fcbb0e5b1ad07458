// What a call gave, as plain JSON, so that outcomes on D1 and on Sluice can be
// compared and recorded.

/** Plain JSON for a value, with what JSON cannot say written out. */
export function describe(value) {
  if (value === undefined) return { is: "undefined" };
  if (value === null) return null;
  if (typeof value === "bigint") return { is: "bigint", value: `${value}` };
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { is: "number", value: `${value}` };
  }
  if (typeof value === "function") return { is: "function" };
  if (value instanceof ArrayBuffer) {
    return { is: "ArrayBuffer", value: [...new Uint8Array(value)] };
  }
  if (value instanceof Error) return describeError(value);
  if (Array.isArray(value)) return value.map(describe);
  if (typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, describe(item)]),
    );
  }
  return value;
}

function describeError(error) {
  return {
    is: error.name,
    message: error.message,
    ...(error.cause === undefined
      ? {}
      : { cause: error.cause?.message ?? String(error.cause) }),
  };
}

/** Runs one case on a database that has been emptied. */
export async function outcomeOf(DB, run) {
  try {
    await empty(DB);
    return { value: describe(await run(DB)) };
  } catch (error) {
    return { error: describe(error) };
  }
}

async function empty(DB) {
  const names = ["child", "parent", "t", "u", "users"];
  await DB.batch(
    names.map((name) => DB.prepare(`DROP TABLE IF EXISTS ${name}`)),
  );
}
