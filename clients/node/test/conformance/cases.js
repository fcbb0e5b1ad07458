// What code written for D1 can observe. Every case runs on Cloudflare's local
// D1 to record d1.json (record.js), and on Sluice in the tests.

const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
 email TEXT UNIQUE, age INTEGER CHECK (age >= 0))`;

async function makeUsers(DB) {
  await DB.prepare(users).run();
  const insert = DB.prepare(
    "INSERT INTO users (name, email, age) VALUES (?, ?, ?)",
  );
  await DB.batch([
    insert.bind("Ann", "ann@example.org", 31),
    insert.bind("Ben", "ben@example.org", 42),
    insert.bind("Cyd", null, null),
  ]);
}

/** The value that SQLite has for a bound one, and what it is there. */
function bound(DB, ...values) {
  return DB.prepare("SELECT ? AS value, typeof(?1) AS type")
    .bind(...values)
    .first();
}

function hex(DB, value) {
  return DB.prepare("SELECT hex(?) AS hex, typeof(?1) AS type")
    .bind(value)
    .first();
}

/** What the column of each affinity makes of a bound value. */
async function stored(DB, value) {
  await DB.prepare(
    "CREATE TABLE t (i INTEGER, r REAL, x TEXT, n NUMERIC, b BLOB, a)",
  ).run();
  await DB.prepare("INSERT INTO t VALUES (?1, ?1, ?1, ?1, ?1, ?1)")
    .bind(value)
    .run();
  return await DB.prepare(
    `SELECT i, typeof(i), r, typeof(r), x, typeof(x), n, typeof(n), b,
 typeof(b), a, typeof(a) FROM t`,
  ).first();
}

/** The error of a call, thrown at once or later. */
async function errorOf(call) {
  try {
    return { none: await call() };
  } catch (error) {
    return error;
  }
}

function metaWithoutMeasures(meta) {
  const { changes, last_row_id, changed_db } = meta;
  return { changes, last_row_id, changed_db };
}

export const cases = {
  // What bind takes.
  "bind: an integer": (DB) => bound(DB, 7),
  "bind: a negative integer": (DB) => bound(DB, -7),
  "bind: zero": (DB) => bound(DB, 0),
  "bind: minus zero": (DB) => bound(DB, -0),
  "bind: a fraction": (DB) => bound(DB, 1.5),
  "bind: 2^53": (DB) => bound(DB, 2 ** 53),
  "bind: 2^53 - 1": (DB) => bound(DB, 2 ** 53 - 1),
  "bind: 2^63": (DB) => bound(DB, 2 ** 63),
  "bind: 1e300": (DB) => bound(DB, 1e300),
  "bind: 5e-324": (DB) => bound(DB, 5e-324),
  "bind: NaN": (DB) => bound(DB, NaN),
  "bind: Infinity": (DB) => bound(DB, Infinity),
  "bind: -Infinity": (DB) => bound(DB, -Infinity),
  "bind: true": (DB) => bound(DB, true),
  "bind: false": (DB) => bound(DB, false),
  "bind: null": (DB) => bound(DB, null),
  "bind: a string": (DB) => bound(DB, "text"),
  "bind: an empty string": (DB) => bound(DB, ""),
  "bind: a string of several scripts": (DB) => bound(DB, "ä漢🎈\n\t\"'\\"),
  "bind: a string with NUL": (DB) => hex(DB, "a\0b"),
  "bind: half of a surrogate pair": (DB) => hex(DB, "a\ud83cb"),
  "bind: an ArrayBuffer": (DB) => hex(DB, new Uint8Array([1, 2, 255]).buffer),
  "bind: an empty ArrayBuffer": (DB) => hex(DB, new ArrayBuffer(0)),
  "bind: a Uint8Array": (DB) => hex(DB, new Uint8Array([1, 2, 255])),
  "bind: a part of a buffer": (DB) =>
    hex(DB, new Uint8Array([1, 2, 3, 4]).subarray(1, 3)),
  "bind: a Uint8ClampedArray": (DB) => hex(DB, new Uint8ClampedArray([1, 300])),
  "bind: an Int8Array": (DB) => hex(DB, new Int8Array([1, -1])),
  "bind: a Uint16Array": (DB) => hex(DB, new Uint16Array([1, 258])),
  "bind: a Uint32Array": (DB) => hex(DB, new Uint32Array([7, 65537])),
  "bind: a Float32Array": (DB) => hex(DB, new Float32Array([1.5, 2])),
  "bind: a Float64Array": (DB) => hex(DB, new Float64Array([1.5, 2])),
  "bind: a DataView": (DB) => hex(DB, new DataView(new ArrayBuffer(2))),
  "bind: an array of bytes": (DB) => hex(DB, [0, 1, 255]),
  "bind: an empty array": (DB) => hex(DB, []),
  "bind: an array of fractions": (DB) => hex(DB, [1.5, 2.9]),
  "bind: a blob comes back": (DB) => bound(DB, new Uint8Array([1, 2, 255])),
  "bind: undefined": (DB) => bound(DB, undefined),
  "bind: an object": (DB) => bound(DB, { a: 1 }),
  "bind: an array of strings": (DB) => bound(DB, ["a", "b"]),
  "bind: an array with 256": (DB) => bound(DB, [1, 256]),
  "bind: an array with -1": (DB) => bound(DB, [-1]),
  "bind: an array of arrays": (DB) => bound(DB, [[1], [2]]),
  "bind: a Date": async (DB) => {
    const error = await errorOf(() => bound(DB, new Date(0)));
    return error.message.replace(/value '.*'$/, "value '…'");
  },
  "bind: a function": (DB) => bound(DB, () => 1),
  "bind: a Map": (DB) => bound(DB, new Map()),
  "bind: a String object": (DB) => bound(DB, new String("a")),
  "bind: a bigint": (DB) => bound(DB, 7n),
  "bind: throws at once": (DB) => {
    let atOnce = false;
    try {
      DB.prepare("SELECT ?").bind(undefined);
    } catch {
      atOnce = true;
    }
    return atOnce;
  },
  "bind: stored integer": (DB) => stored(DB, 7),
  "bind: stored fraction": (DB) => stored(DB, 7.5),
  "bind: stored large integer": (DB) => stored(DB, 2 ** 53 - 1),
  "bind: stored boolean": (DB) => stored(DB, true),
  "bind: stored text of a number": (DB) => stored(DB, "12"),
  "bind: stored blob": (DB) => stored(DB, new Uint8Array([65, 66])),
  "bind: an integer divided": (DB) =>
    DB.prepare("SELECT ? / 2 AS half").bind(5).first(),
  "bind: an integer in a text": (DB) =>
    DB.prepare("SELECT 'n' || ? AS text").bind(5).first(),
  "bind: an integer in json_array": (DB) =>
    DB.prepare("SELECT json_array(?) AS json").bind(5).first(),
  "bind: an integer as LIMIT": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT name FROM users ORDER BY id LIMIT ?")
      .bind(2)
      .all()
      .then(({ results }) => results);
  },
  "bind: an integer compared with a text": (DB) =>
    DB.prepare("SELECT ? = '5' AS same").bind(5).first(),

  // How many values, and where.
  "bind: too few": (DB) => DB.prepare("SELECT ?, ?").bind(1).all(),
  "bind: too many": (DB) => DB.prepare("SELECT ?").bind(1, 2).all(),
  "bind: none for one": (DB) => DB.prepare("SELECT ?").all(),
  "bind: one for none": (DB) => DB.prepare("SELECT 1").bind(1).all(),
  "bind: empty for none": (DB) => DB.prepare("SELECT 1 AS one").bind().first(),
  "bind: numbered": (DB) =>
    DB.prepare("SELECT ?2 AS a, ?1 AS b, ?2 AS c").bind("x", "y").first(),
  "bind: numbered with a gap": (DB) =>
    DB.prepare("SELECT ?3 AS a").bind(1, 2, 3).first(),
  "bind: named parameters by place": (DB) =>
    DB.prepare("SELECT :a AS a, @b AS b").bind("x", "y").first(),
  "bind: gives another statement": async (DB) => {
    const plain = DB.prepare("SELECT ? AS x");
    const one = plain.bind(1);
    const two = one.bind(2);
    return [
      plain === one,
      one === two,
      (await one.first()).x,
      (await two.first()).x,
    ];
  },
  "bind: a view that changes later": async (DB) => {
    const bytes = new Uint8Array([1, 2]);
    const statement = DB.prepare("SELECT hex(?) AS hex").bind(bytes);
    bytes[0] = 9;
    return await statement.first();
  },
  "prepare: is synchronous and checks nothing": (DB) =>
    typeof DB.prepare("no SQL at all").bind,

  // Values out.
  "out: every type": (DB) =>
    DB.prepare(
      "SELECT 1 AS i, 1.0 AS one, 1.5 AS r, 'a' AS x, x'00ff' AS b, NULL AS n",
    ).first(),
  "out: an empty blob": (DB) => DB.prepare("SELECT x'' AS b").first(),
  "out: infinities": (DB) =>
    DB.prepare("SELECT 9e999 AS plus, -9e999 AS minus").first(),
  "out: beyond 2^53": (DB) =>
    DB.prepare("SELECT 9007199254740993 AS i, -9007199254740993 AS m").first(),
  "out: largest integers": (DB) =>
    DB.prepare(
      "SELECT 9223372036854775807 AS i, -9223372036854775807 - 1 AS m",
    ).first(),
  "out: a real of an integer's value": (DB) =>
    DB.prepare("SELECT 1e15 AS r, 1e16 AS q, 1e21 AS s").first(),
  "out: a text with NUL": (DB) =>
    DB.prepare("SELECT length('a' || char(0) || 'b') AS n").first(),
  "out: line separators": (DB) =>
    DB.prepare("SELECT char(8232, 8233, 127, 1) AS x").first(),
  "out: two columns of one name": (DB) =>
    DB.prepare("SELECT 1 AS a, 2 AS b, 3 AS a")
      .all()
      .then((r) => r.results),
  "out: two columns of one name, raw": (DB) =>
    DB.prepare("SELECT 1 AS a, 2 AS b, 3 AS a").raw({ columnNames: true }),
  "out: columns without names": (DB) =>
    DB.prepare("SELECT 1, 'a', 1 + 1").first(),
  "out: an empty name": (DB) => DB.prepare('SELECT 1 AS ""').first(),
  "out: names that are numbers": (DB) =>
    DB.prepare('SELECT 1 AS "2", 2 AS "1"').raw({ columnNames: true }),
  "out: a column called __proto__": async (DB) => {
    const row = await DB.prepare("SELECT 1 AS __proto__").first();
    return [Object.keys(row), Object.hasOwn(row, "__proto__")];
  },
  "out: rows are plain objects": async (DB) => {
    const row = await DB.prepare("SELECT 1 AS a").first();
    return Object.getPrototypeOf(row) === Object.prototype;
  },

  // first
  "first: a row": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users ORDER BY id").first();
  },
  "first: no row": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users WHERE id = 9").first();
  },
  "first: a column": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users").first("name");
  },
  "first: a column that is NULL": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users WHERE id = 3").first("email");
  },
  "first: a column of no row": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users WHERE id = 9").first("name");
  },
  "first: no such column": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users").first("nmae");
  },
  "first: no such column of no row": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT * FROM users WHERE id = 9").first("nmae");
  },
  "first: undefined as column": (DB) =>
    DB.prepare("SELECT 1 AS a").first(undefined),
  "first: null as column": (DB) => DB.prepare("SELECT 1 AS a").first(null),
  "first: an empty name": (DB) => DB.prepare("SELECT 1 AS a").first(""),
  "first: a statement that returns nothing": (DB) =>
    DB.prepare("CREATE TABLE t (x)").first(),
  "first: INSERT … RETURNING": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare(
      "INSERT INTO users (name) VALUES ('Dan') RETURNING id, name",
    ).first();
  },
  "first: no such table": (DB) => DB.prepare("SELECT * FROM t").first(),

  // all
  "all: rows": async (DB) => {
    await makeUsers(DB);
    const { success, results } = await DB.prepare(
      "SELECT id, name, email FROM users ORDER BY id",
    ).all();
    return { success, results };
  },
  "all: no rows": async (DB) => {
    await makeUsers(DB);
    const { success, results } = await DB.prepare(
      "SELECT * FROM users WHERE 0",
    ).all();
    return { success, results };
  },
  "all: the members of a result": async (DB) => {
    const result = await DB.prepare("SELECT 1").all();
    return Object.keys(result).sort();
  },
  "all: an insert": async (DB) => {
    await makeUsers(DB);
    const { success, results, meta } = await DB.prepare(
      "INSERT INTO users (name) VALUES ('Dan')",
    ).all();
    return { success, results, meta: metaWithoutMeasures(meta) };
  },
  "all: INSERT … RETURNING of several rows": async (DB) => {
    await makeUsers(DB);
    const { results, meta } = await DB.prepare(
      "INSERT INTO users (name) VALUES ('Dan'), ('Eve') RETURNING id",
    ).all();
    return { results, meta: metaWithoutMeasures(meta) };
  },
  "all: types of meta": async (DB) => {
    const { meta } = await DB.prepare("SELECT 1").all();
    return [
      "served_by",
      "duration",
      "changes",
      "last_row_id",
      "changed_db",
      "size_after",
      "rows_read",
      "rows_written",
    ].map((name) => [name, typeof meta[name]]);
  },
  "all: several statements, the last one's rows": (DB) =>
    DB.prepare("SELECT 1 AS a; SELECT 2 AS b")
      .all()
      .then((r) => r.results),
  "all: a semicolon and a comment behind": (DB) =>
    DB.prepare("SELECT 1 AS a; -- the end")
      .all()
      .then((r) => r.results),
  "all: a comment before": (DB) =>
    DB.prepare("-- first\nSELECT 1 AS a")
      .all()
      .then((r) => r.results),
  "all: nothing": (DB) => DB.prepare("").all(),
  "all: only blanks": (DB) => DB.prepare("  \n ").all(),
  "all: only a comment": (DB) => DB.prepare("-- nothing").all(),

  // run
  "run: an insert": async (DB) => {
    await makeUsers(DB);
    const { success, results, meta } = await DB.prepare(
      "INSERT INTO users (name) VALUES (?)",
    )
      .bind("Dan")
      .run();
    return { success, results, meta: metaWithoutMeasures(meta) };
  },
  "run: an update of several rows": async (DB) => {
    await makeUsers(DB);
    const { meta } = await DB.prepare("UPDATE users SET age = 50").run();
    return [meta.changes, meta.changed_db];
  },
  "run: an update of no row": async (DB) => {
    await makeUsers(DB);
    const { meta } = await DB.prepare(
      "UPDATE users SET age = 50 WHERE id = 9",
    ).run();
    return [meta.changes, meta.changed_db];
  },
  "run: a delete": async (DB) => {
    await makeUsers(DB);
    const { meta } = await DB.prepare("DELETE FROM users WHERE id > 1").run();
    return [meta.changes, meta.changed_db];
  },
  "run: a table is made": async (DB) => {
    const { success, results, meta } =
      await DB.prepare("CREATE TABLE t (x)").run();
    return { success, results, changes: meta.changes, db: meta.changed_db };
  },
  "run: a select": async (DB) => {
    const { success, results, meta } = await DB.prepare(
      "SELECT 1 AS a, 'b' AS b",
    ).run();
    return { success, results, changes: meta.changes, db: meta.changed_db };
  },
  "run: INSERT … RETURNING": async (DB) => {
    await makeUsers(DB);
    const { results } = await DB.prepare(
      "INSERT INTO users (name) VALUES ('Dan') RETURNING *",
    ).run();
    return results;
  },
  "run: a statement runs again": async (DB) => {
    await makeUsers(DB);
    const insert = DB.prepare("INSERT INTO users (name) VALUES (?)").bind("D");
    await insert.run();
    await insert.run();
    return await DB.prepare("SELECT count(*) AS n FROM users").first("n");
  },
  "run: changes of a trigger": async (DB) => {
    await DB.batch([
      DB.prepare("CREATE TABLE t (x)"),
      DB.prepare("CREATE TABLE u (x)"),
      DB.prepare(
        `CREATE TRIGGER tr AFTER INSERT ON t BEGIN
 INSERT INTO u VALUES (new.x); END`,
      ),
    ]);
    const { meta } = await DB.prepare("INSERT INTO t VALUES (1), (2)").run();
    return meta.changes;
  },

  // raw
  "raw: rows": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT id, name FROM users ORDER BY id").raw();
  },
  "raw: with names": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT id, name FROM users ORDER BY id").raw({
      columnNames: true,
    });
  },
  "raw: without names": (DB) =>
    DB.prepare("SELECT 1 AS a").raw({ columnNames: false }),
  "raw: no rows": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT id FROM users WHERE 0").raw();
  },
  "raw: no rows with names": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT id, name FROM users WHERE 0").raw({
      columnNames: true,
    });
  },
  "raw: a statement without columns": (DB) =>
    DB.prepare("CREATE TABLE t (x)").raw({ columnNames: true }),
  "raw: blobs": (DB) => DB.prepare("SELECT x'0102', x'' ").raw(),

  // batch
  "batch: results in order": async (DB) => {
    await makeUsers(DB);
    const results = await DB.batch([
      DB.prepare("SELECT count(*) AS n FROM users"),
      DB.prepare("INSERT INTO users (name) VALUES (?)").bind("Dan"),
      DB.prepare("SELECT count(*) AS n FROM users"),
    ]);
    return results.map(({ success, results }) => ({ success, results }));
  },
  "batch: the meta of each": async (DB) => {
    await makeUsers(DB);
    const results = await DB.batch([
      DB.prepare("INSERT INTO users (name) VALUES ('Dan'), ('Eve')"),
      DB.prepare("UPDATE users SET age = 1 WHERE name = 'Dan'"),
    ]);
    return results.map(({ meta }) => meta.changes);
  },
  "batch: an error undoes all": async (DB) => {
    await makeUsers(DB);
    const error = await errorOf(() =>
      DB.batch([
        DB.prepare("INSERT INTO users (name) VALUES ('Dan')"),
        DB.prepare("INSERT INTO users (name) VALUES (NULL)"),
      ]),
    );
    return [error, await DB.prepare("SELECT count(*) AS n FROM users").first()];
  },
  "batch: a syntax error": (DB) =>
    DB.batch([DB.prepare("SELECT 1"), DB.prepare("SELEC 2")]),
  "batch: empty": (DB) => DB.batch([]),
  "batch: one": (DB) =>
    DB.batch([DB.prepare("SELECT 1 AS a")]).then((all) => all[0].results),
  "batch: one statement twice": async (DB) => {
    await makeUsers(DB);
    const insert = DB.prepare("INSERT INTO users (name) VALUES ('Dan')");
    await DB.batch([insert, insert]);
    return await DB.prepare("SELECT count(*) AS n FROM users").first("n");
  },
  "batch: parameters missing": (DB) => DB.batch([DB.prepare("SELECT ?")]),

  "batch: an empty statement": (DB) =>
    DB.batch([DB.prepare(""), DB.prepare("SELECT 1 AS a")]).then((all) =>
      all.map(({ results }) => results),
    ),
  "batch: reads what it wrote": async (DB) => {
    const [, , { results }] = await DB.batch([
      DB.prepare("CREATE TABLE t (id INTEGER PRIMARY KEY, x)"),
      DB.prepare("INSERT INTO t (x) VALUES (?)").bind("a"),
      DB.prepare("SELECT last_insert_rowid() AS id, changes() AS changes"),
    ]);
    return results;
  },

  // exec
  "exec: one statement": async (DB) => {
    const result = await DB.exec("CREATE TABLE t (x)");
    return [Object.keys(result).sort(), result.count, typeof result.duration];
  },
  "exec: statements on lines": async (DB) => {
    const { count } = await DB.exec(
      "CREATE TABLE t (x);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2)",
    );
    return [count, await DB.prepare("SELECT sum(x) AS s FROM t").first("s")];
  },
  "exec: lines without semicolons": async (DB) => {
    const { count } = await DB.exec(
      "CREATE TABLE t (x)\nINSERT INTO t VALUES (1)\nINSERT INTO t VALUES (2)",
    );
    return [count, await DB.prepare("SELECT sum(x) AS s FROM t").first("s")];
  },
  "exec: lines with some semicolons": async (DB) => {
    const { count } = await DB.exec(
      "CREATE TABLE t (x);\nINSERT INTO t VALUES (1)\nINSERT INTO t VALUES (2);",
    );
    return [count, await DB.prepare("SELECT sum(x) AS s FROM t").first("s")];
  },
  "exec: lines without semicolons, an error undoes all": async (DB) => {
    await DB.exec("CREATE TABLE t (x UNIQUE)");
    const error = await errorOf(() =>
      DB.exec("INSERT INTO t VALUES (1)\nINSERT INTO t VALUES (1)"),
    );
    return [
      error.message.replace(/^.*: UNIQUE/, "UNIQUE"),
      await DB.prepare("SELECT count(*) AS n FROM t").first("n"),
    ];
  },
  "exec: empty lines": async (DB) => {
    const { count } = await DB.exec(
      "\nCREATE TABLE t (x);\n\nINSERT INTO t VALUES (1);\n",
    );
    return count;
  },
  "exec: lines that are comments": async (DB) => {
    const { count } = await DB.exec(
      "-- a table\nCREATE TABLE t (x);\n-- a row\nINSERT INTO t VALUES (1);",
    );
    return count;
  },
  "exec: two statements on a line": async (DB) => {
    const { count } = await DB.exec(
      "CREATE TABLE t (x); INSERT INTO t VALUES (1);",
    );
    return [count, await DB.prepare("SELECT count(*) AS n FROM t").first("n")];
  },
  "exec: a statement over several lines": async (DB) => {
    const { count } = await DB.exec("CREATE TABLE t (\n  x\n);");
    return count;
  },
  "exec: a syntax error": (DB) => DB.exec("SELEC 1"),
  "exec: no such table": (DB) => DB.exec("INSERT INTO t VALUES (1)"),
  "exec: an error in the second line": (DB) =>
    DB.exec("CREATE TABLE t (x);\nINSERT INTO u VALUES (1);"),
  "exec: an error undoes all": async (DB) => {
    await errorOf(() =>
      DB.exec("CREATE TABLE t (x);\nINSERT INTO u VALUES (1);"),
    );
    return await DB.prepare(
      "SELECT count(*) AS n FROM sqlite_schema WHERE name = 't'",
    ).first("n");
  },
  "exec: blanks": (DB) => DB.exec("  \n "),
  "exec: lines of Windows": async (DB) => {
    const { count } = await DB.exec("SELECT 1;\r\nSELECT 2;\r\n");
    return count;
  },
  "exec: nothing": (DB) => DB.exec(""),
  "exec: parameters": (DB) => DB.exec("SELECT ?"),
  "exec: a constraint": async (DB) => {
    await makeUsers(DB);
    return await DB.exec("INSERT INTO users (id, name) VALUES (1, 'Dan')");
  },

  // Errors
  "error: syntax": (DB) => DB.prepare("SELEC 1").all(),
  "error: syntax behind": (DB) => DB.prepare("SELECT 1 FROM WHERE").all(),
  "error: incomplete": (DB) => DB.prepare("SELECT (").all(),
  "error: no such table": (DB) => DB.prepare("SELECT * FROM nowhere").all(),
  "error: no such table, run": (DB) => DB.prepare("DELETE FROM nowhere").run(),
  "error: no such column": (DB) => DB.prepare("SELECT missing").all(),
  "error: no such function": (DB) => DB.prepare("SELECT missing()").all(),
  "error: table exists": async (DB) => {
    await DB.prepare("CREATE TABLE t (x)").run();
    return await DB.prepare("CREATE TABLE t (x)").run();
  },
  "error: UNIQUE": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare(
      "INSERT INTO users (name, email) VALUES ('x', 'ann@example.org')",
    ).run();
  },
  "error: PRIMARY KEY": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare(
      "INSERT INTO users (id, name) VALUES (1, 'x')",
    ).run();
  },
  "error: NOT NULL": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("INSERT INTO users (name) VALUES (NULL)").run();
  },
  "error: CHECK": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare(
      "INSERT INTO users (name, age) VALUES ('x', -1)",
    ).run();
  },
  "error: FOREIGN KEY": async (DB) => {
    await DB.batch([
      DB.prepare("CREATE TABLE parent (id INTEGER PRIMARY KEY)"),
      DB.prepare("CREATE TABLE child (p INTEGER REFERENCES parent (id))"),
    ]);
    return await DB.prepare("INSERT INTO child VALUES (7)").run();
  },
  "error: RAISE(ABORT)": async (DB) => {
    await DB.batch([
      DB.prepare("CREATE TABLE t (x)"),
      DB.prepare(
        `CREATE TRIGGER tr BEFORE INSERT ON t BEGIN
 SELECT RAISE(ABORT, 'not today'); END`,
      ),
    ]);
    return await DB.prepare("INSERT INTO t VALUES (1)").run();
  },
  "error: a datatype that does not fit": async (DB) => {
    await DB.prepare("CREATE TABLE t (x INTEGER) STRICT").run();
    return await DB.prepare("INSERT INTO t VALUES ('a')").run();
  },
  "error: rowid of a text": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare(
      "INSERT INTO users (id, name) VALUES ('a', 'b')",
    ).run();
  },
  "error: malformed JSON": (DB) => DB.prepare("SELECT json('{')").all(),
  "error: integer overflow": (DB) =>
    DB.prepare("SELECT abs(-9223372036854775807 - 1)").all(),
  "error: an aggregate at a wrong place": (DB) =>
    DB.prepare("SELECT 1 WHERE count(*) > 0").all(),
  "error: wrong number of arguments": (DB) =>
    DB.prepare("SELECT abs(1, 2)").all(),
  "error: values of the wrong number": async (DB) => {
    await DB.prepare("CREATE TABLE t (a, b)").run();
    return await DB.prepare("INSERT INTO t VALUES (1)").run();
  },
  "error: an ambiguous column": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT name FROM users a, users b").all();
  },
  "error: is an Error": async (DB) => {
    const error = await errorOf(() => DB.prepare("SELEC").all());
    return [
      error instanceof Error,
      error.cause instanceof Error,
      typeof error.stack,
    ];
  },
  "error: later calls work": async (DB) => {
    await errorOf(() => DB.prepare("SELEC").all());
    return await DB.prepare("SELECT 1 AS a").first();
  },
  "error: BEGIN": (DB) => DB.prepare("BEGIN").run(),
  "error: a PRAGMA that is not allowed": (DB) =>
    DB.prepare("PRAGMA journal_mode = DELETE").run(),
  "error: ATTACH": (DB) => DB.prepare("ATTACH ':memory:' AS m").run(),

  // Of SQLite
  "sqlite: foreign keys are on": (DB) =>
    DB.prepare("PRAGMA foreign_keys").first(),
  "sqlite: cascades": async (DB) => {
    await DB.batch([
      DB.prepare("CREATE TABLE parent (id INTEGER PRIMARY KEY)"),
      DB.prepare(
        `CREATE TABLE child (p INTEGER REFERENCES parent (id)
 ON DELETE CASCADE)`,
      ),
      DB.prepare("INSERT INTO parent VALUES (1)"),
      DB.prepare("INSERT INTO child VALUES (1), (1)"),
      DB.prepare("DELETE FROM parent"),
    ]);
    return await DB.prepare("SELECT count(*) AS n FROM child").first("n");
  },
  "sqlite: deferred foreign keys in a batch": async (DB) => {
    await DB.batch([
      DB.prepare("CREATE TABLE parent (id INTEGER PRIMARY KEY)"),
      DB.prepare("CREATE TABLE child (p INTEGER REFERENCES parent (id))"),
    ]);
    await DB.batch([
      DB.prepare("PRAGMA defer_foreign_keys = on"),
      DB.prepare("INSERT INTO child VALUES (1)"),
      DB.prepare("INSERT INTO parent VALUES (1)"),
    ]);
    return await DB.prepare("SELECT count(*) AS n FROM child").first("n");
  },
  "sqlite: table_info": async (DB) => {
    await DB.prepare("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").run();
    return await DB.prepare("PRAGMA table_info('t')").raw({
      columnNames: true,
    });
  },
  "sqlite: pragma_table_info()": async (DB) => {
    await DB.prepare("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").run();
    return await DB.prepare("SELECT name FROM pragma_table_info('t')").raw();
  },
  "sqlite: JSON": (DB) =>
    DB.prepare("SELECT ? ->> '$.a[1]' AS x").bind('{"a":[1,"two"]}').first(),
  "sqlite: full text": async (DB) => {
    await DB.prepare("CREATE VIRTUAL TABLE t USING fts5(body)").run();
    await DB.prepare("INSERT INTO t VALUES ('the quick brown fox')").run();
    return await DB.prepare("SELECT body FROM t WHERE t MATCH ?")
      .bind("quick")
      .first("body");
  },
  "sqlite: math": (DB) => DB.prepare("SELECT round(sqrt(16.0)) AS x").first(),
  "sqlite: json_each of a bound array": (DB) =>
    DB.prepare("SELECT value FROM json_each(?)").bind("[1,2]").raw(),
  "sqlite: upsert": async (DB) => {
    await makeUsers(DB);
    const { meta } = await DB.prepare(
      `INSERT INTO users (name, email) VALUES ('Ann B.', 'ann@example.org')
 ON CONFLICT (email) DO UPDATE SET name = excluded.name`,
    ).run();
    const name = await DB.prepare(
      "SELECT name FROM users WHERE email = 'ann@example.org'",
    ).first("name");
    return [meta.changes, name];
  },

  "sqlite: upsert that does nothing": async (DB) => {
    await makeUsers(DB);
    const { meta } = await DB.prepare(
      "INSERT INTO users (id, name) VALUES (1, 'x') ON CONFLICT DO NOTHING",
    ).run();
    return [meta.changes, meta.changed_db];
  },
  "sqlite: generated columns and STRICT": async (DB) => {
    await DB.prepare(
      "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2)) STRICT",
    ).run();
    return await DB.prepare("INSERT INTO t (a) VALUES (?) RETURNING *")
      .bind(2)
      .first();
  },
  "sqlite: WITH": (DB) =>
    DB.prepare(
      "WITH c (x) AS (VALUES (1), (2)) SELECT sum(x), group_concat(x) FROM c",
    ).raw(),
  "sqlite: window functions": (DB) =>
    DB.prepare(
      "SELECT value, row_number() OVER (ORDER BY value DESC) FROM json_each('[1,2]')",
    ).raw(),
  "sqlite: AUTOINCREMENT": async (DB) => {
    await DB.prepare(
      "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x)",
    ).run();
    await DB.prepare("INSERT INTO t (x) VALUES (1), (2)").run();
    await DB.prepare("DELETE FROM t").run();
    const { meta } = await DB.prepare("INSERT INTO t (x) VALUES (3)").run();
    return meta.last_row_id;
  },
  "sqlite: last_insert_rowid() later": async (DB) => {
    await makeUsers(DB);
    return await DB.prepare("SELECT last_insert_rowid() AS id").first("id");
  },
  "sqlite: a temporary table": (DB) =>
    DB.prepare("CREATE TEMP TABLE temporary (x)")
      .all()
      .then((r) => r.results),
  "sqlite: PRAGMA foreign_keys is set": (DB) =>
    DB.prepare("PRAGMA foreign_keys = OFF")
      .all()
      .then((r) => r.results),
  "sqlite: PRAGMA user_version": (DB) =>
    DB.prepare("PRAGMA user_version").first(),
  "sqlite: a long pattern": (DB) =>
    DB.prepare("SELECT 'a' LIKE ? AS like").bind("a".repeat(60)).first(),
  "sqlite: many parameters": (DB) =>
    DB.prepare(`SELECT ${Array(150).fill("?").join(" + ")} AS sum`)
      .bind(...Array(150).fill(1))
      .first(),

  // Sessions
  "session: has no bookmark at first": (DB) => DB.withSession().getBookmark(),
  "session: first-primary has none": (DB) =>
    DB.withSession("first-primary").getBookmark(),
  "session: first-unconstrained has none": (DB) =>
    DB.withSession("first-unconstrained").getBookmark(),
  "session: blanks are as nothing": (DB) => DB.withSession("  ").getBookmark(),
  "session: null is as nothing": (DB) => DB.withSession(null).getBookmark(),
  "session: a bookmark is kept, trimmed": (DB) =>
    DB.withSession(" 00000001-x ").getBookmark(),
  "session: goes on from what is no bookmark here": async (DB) => {
    const session = DB.withSession(
      "00000085-0000024c-00004c6d-8e61117bf38d7adb",
    );
    const one = await session.prepare("SELECT 1 AS one").first("one");
    return [one, typeof session.getBookmark()];
  },
  "session: has one after a query": async (DB) => {
    const session = DB.withSession();
    await session.prepare("SELECT 1").run();
    return typeof session.getBookmark();
  },
  "session: bookmarks do not go back": async (DB) => {
    await makeUsers(DB);
    const session = DB.withSession();
    await session.prepare("INSERT INTO users (name) VALUES ('x')").run();
    const first = session.getBookmark();
    await session.prepare("INSERT INTO users (name) VALUES ('y')").run();
    return session.getBookmark().localeCompare(first) >= 0;
  },
  "session: reads what it wrote": async (DB) => {
    await makeUsers(DB);
    const session = DB.withSession();
    await session.prepare("INSERT INTO users (name) VALUES ('x')").run();
    return await session.prepare("SELECT count(*) AS n FROM users").first("n");
  },
  "session: goes on from a bookmark": async (DB) => {
    await makeUsers(DB);
    const session = DB.withSession();
    await session.prepare("INSERT INTO users (name) VALUES ('x')").run();
    const next = DB.withSession(session.getBookmark());
    return await next.prepare("SELECT count(*) AS n FROM users").first("n");
  },
  "session: batch": async (DB) => {
    const session = DB.withSession("first-primary");
    const [{ results }] = await session.batch([
      session.prepare("SELECT 1 AS a"),
    ]);
    return [results, typeof session.getBookmark()];
  },
  "session: has neither exec nor dump": (DB) => {
    const session = DB.withSession();
    return [typeof session.exec, typeof session.dump, typeof session.batch];
  },
  "session: a number as bookmark": (DB) =>
    errorOf(() => DB.withSession(7)).then((e) => e.name),
  "session: an error keeps it usable": async (DB) => {
    const session = DB.withSession();
    await errorOf(() => session.prepare("SELEC").run());
    return await session.prepare("SELECT 1 AS a").first("a");
  },

  // Concurrency
  "many at once": async (DB) => {
    await DB.prepare("CREATE TABLE t (x)").run();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        DB.prepare("INSERT INTO t VALUES (?)").bind(i).run(),
      ),
    );
    return await DB.prepare("SELECT count(*) AS n, sum(x) AS s FROM t").first();
  },
};
