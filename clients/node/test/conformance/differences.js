// Where Sluice does other than D1, on purpose, and why. Everything else in
// cases.js must be as recorded in d1.json.

const error = (prefix, text) => ({
  error: { is: "Error", message: `${prefix}: ${text}`, cause: text },
});

export const differences = {
  "bind: a bigint": {
    why: "bigints are taken, and are INTEGERs",
    outcome: { value: { value: 7, type: "integer" } },
  },
  "bind: half of a surrogate pair": {
    why: "it is no Unicode text: it becomes U+FFFD",
    outcome: { value: { hex: "61EFBFBD62", type: "text" } },
  },
  "bind: a DataView": {
    why: "its bytes are bound, where D1 binds an empty BLOB",
    outcome: { value: { hex: "0000", type: "blob" } },
  },
  "all: a semicolon and a comment behind": {
    why: "a comment behind the last statement is no statement",
    outcome: { value: [{ a: 1 }] },
  },
  "all: only a comment": {
    why: "the same text as for an empty statement",
    outcome: error("D1_ERROR", "No SQL statements detected."),
  },
  "exec: lines that are comments": {
    why: "a script may hold comments",
    outcome: { value: 2 },
  },
  "exec: two statements on a line": {
    why: "count counts statements, not lines",
    outcome: { value: [2, 1] },
  },
  "exec: a statement over several lines": {
    why: "statements may span lines",
    outcome: { value: 1 },
  },
  "exec: an error in the second line": {
    why: "the line of the error is named, where D1 always names the first",
    outcome: error(
      "D1_EXEC_ERROR",
      "Error in line 2: INSERT INTO u VALUES (1);: no such table: u: SQLITE_ERROR",
    ),
  },
  "error: BEGIN": {
    why: "another text",
    outcome: error(
      "D1_ERROR",
      "transaction control (BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE) is " +
        "not allowed: send the statements as a batch, which is one transaction",
    ),
  },
  "error: a PRAGMA that is not allowed": {
    why: "another text",
    outcome: error("D1_ERROR", "PRAGMA journal_mode is not allowed"),
  },
  "error: ATTACH": {
    why: "another text",
    outcome: error(
      "D1_ERROR",
      "ATTACH, and VACUUM, which attaches, are not allowed",
    ),
  },
  "batch: an empty statement": {
    why: "it is an error, where local D1 leaves it out of the results",
    outcome: error("D1_ERROR", "No SQL statements detected."),
  },
  "sqlite: a temporary table": {
    why: "it may be made, and lives as long as its request",
    outcome: { value: [] },
  },
  "sqlite: PRAGMA foreign_keys is set": {
    why: "it is heeded, which takes the statements that need it",
    outcome: {
      error: {
        is: "Error",
        message:
          "D1_ERROR: PRAGMA foreign_keys=OFF ends with its request, so it " +
          "changes nothing alone: send it in one script, batch or migration " +
          "with the statements that need it",
        cause:
          "PRAGMA foreign_keys=OFF ends with its request, so it changes " +
          "nothing alone: send it in one script, batch or migration with the " +
          "statements that need it",
      },
    },
  },
  "sqlite: PRAGMA user_version": {
    why: "it is allowed",
    outcome: { value: { user_version: 0 } },
  },
  "sqlite: a long pattern": {
    why: "limits are settings, and larger by default",
    outcome: { value: { like: 0 } },
  },
  "sqlite: many parameters": {
    why: "limits are settings, and larger by default",
    outcome: { value: { sum: 150 } },
  },
};
