import assert from "node:assert/strict";
import { test } from "node:test";

import { parseExact } from "../lib/json.js";

test("integers that a number holds stay numbers", () => {
  const text = "[0,-1,9007199254740991,-9007199254740991,0001]";
  assert.throws(() => parseExact(text), SyntaxError);
  assert.deepEqual(
    parseExact("[0,-1,9007199254740991,-9007199254740991]"),
    [0, -1, 9007199254740991, -9007199254740991],
  );
});

test("integers beyond 2^53 keep their digits", () => {
  assert.deepEqual(
    parseExact(
      "[9007199254740992,9007199254740993,-9223372036854775808,9223372036854775807]",
    ),
    [
      9007199254740992n,
      9007199254740993n,
      -9223372036854775808n,
      9223372036854775807n,
    ],
  );
});

test("reals of many digits stay numbers", () => {
  const text =
    "[0.1234567890123456789,12345678901234567.0,1234567890123456789e1,1e-20,123456789012345678901E+2]";
  assert.deepEqual(parseExact(text), JSON.parse(text));
});

test("digits in strings are text", () => {
  const values = [
    "9007199254740993",
    'a "9007199254740993" b',
    "\\9007199254740993",
    '\\"9007199254740993',
    "9007199254740993\\",
    "[9007199254740993]",
    "\u20289007199254740993",
  ];
  const text = JSON.stringify({ [values[0]]: 1, rows: [values] });
  assert.deepEqual(parseExact(text), JSON.parse(text));
  const mixed = `{"rows":[[${JSON.stringify(values[3])},9007199254740993]]}`;
  assert.deepEqual(parseExact(mixed), {
    rows: [[values[3], 9007199254740993n]],
  });
});

test("what stands for an integer meanwhile may be a column's text", () => {
  const text =
    '{"columns":["$sluice_integer"],"rows":[["$sluice_integer",9007199254740993]]}';
  assert.deepEqual(parseExact(text), {
    columns: ["$sluice_integer"],
    rows: [["$sluice_integer", 9007199254740993n]],
  });
});

test("it agrees with JSON.parse wherever that is exact", () => {
  let seed = 1;
  const random = (below) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const pieces = [
    '"',
    "\\",
    "1234567890123456",
    "-",
    "é",
    "9007199254740993",
    "\n",
    "x",
  ];
  const value = () => {
    switch (random(4)) {
      case 0:
        return random(1_000_000) / 7;
      case 1:
        return -random(1_000_000);
      case 2:
        return null;
      default:
        return Array.from({ length: random(6) }, () => pieces[random(8)]).join(
          "",
        );
    }
  };
  for (let round = 0; round < 500; round += 1) {
    const rows = Array.from({ length: 5 }, () => [value(), value(), value()]);
    const text = JSON.stringify({ rows });
    assert.deepEqual(parseExact(text), { rows });
    const exact = text.replace(/\]\]\}$/, ",9007199254740993]]}");
    rows[4].push(9007199254740993n);
    assert.deepEqual(parseExact(exact), { rows });
  }
});

test("what is no JSON is refused", () => {
  for (const text of [
    "",
    "{",
    '"9007199254740993',
    "[9007199254740993",
    "[09007199254740993]",
  ]) {
    assert.throws(() => parseExact(text), SyntaxError, text);
  }
});
