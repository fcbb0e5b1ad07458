// From replies to what D1 returns.

/**
 * @param {{meta: object, results: {columns: string[], rows: unknown[][]}}} body
 * @param {number} attempts How often the request was sent.
 * @returns {import("../index.js").D1Result}
 */
export function resultOf({ meta, results }, attempts) {
  meta.total_attempts = attempts;
  return {
    success: true,
    meta,
    results: objectsOf(results.columns, results.rows),
  };
}

/** Of columns of one name the last one counts, as with D1. */
export function objectsOf(columns, rows) {
  if (columns.includes("__proto__")) {
    return rows.map((row) =>
      Object.fromEntries(columns.map((name, i) => [name, row[i]])),
    );
  }
  const count = columns.length;
  return rows.map((row) => {
    const object = {};
    for (let i = 0; i < count; i += 1) object[columns[i]] = row[i];
    return object;
  });
}
