// From replies to what D1 returns.

/** @returns {import("../index.js").D1Result} */
export function resultOf({ meta, results }) {
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
