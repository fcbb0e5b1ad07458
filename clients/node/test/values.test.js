import assert from "node:assert/strict";
import { test } from "node:test";

import { convert, parameterJson, stringJson } from "../lib/values.js";

const json = (value) => parameterJson(convert(value));

test("numbers are reals, as with D1", () => {
  assert.equal(json(7), "7.0");
  assert.equal(json(-0), "0.0");
  assert.equal(json(1.5), "1.5");
  assert.equal(json(2 ** 53), "9007199254740992.0");
  assert.equal(json(2 ** 63), "9223372036854776000.0");
  assert.equal(json(1e21), "1e+21");
  assert.equal(json(5e-324), "5e-324");
  assert.equal(json(NaN), "null");
  assert.equal(json(-Infinity), "null");
  assert.equal(json(true), "1.0");
});

test("bigints are integers, in 64 bits", () => {
  assert.equal(json(7n), "7");
  assert.equal(json(2n ** 63n - 1n), "9223372036854775807");
  assert.equal(json(-(2n ** 63n)), "-9223372036854775808");
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
    assert.throws(() => convert(value), {
      message: `D1_TYPE_ERROR: Type 'bigint' not supported for value '${value}'`,
      code: "bad_request",
      retryable: false,
    });
  }
});

test("bytes are copied and sent as Base64", () => {
  const bytes = new Uint8Array([0, 1, 255]);
  const kept = convert(bytes);
  bytes[0] = 9;
  assert.equal(parameterJson(kept), '{"base64":"AAH/"}');
  assert.equal(json(bytes.subarray(1)), '{"base64":"Af8="}');
  assert.equal(json(Buffer.from("ab")), '{"base64":"YWI="}');
  assert.equal(json(new ArrayBuffer(0)), '{"base64":""}');
  assert.equal(json(new BigInt64Array([1n])), '{"base64":"AQAAAAAAAAA="}');
});

test("what cannot be a value is refused with its type", () => {
  const refused = [
    [Symbol("a"), "Type 'symbol' not supported for value 'Symbol(a)'"],
    [
      Object.create(null),
      "Type 'object' not supported for value '[object Object]'",
    ],
    [
      new SharedArrayBuffer(1),
      "Type 'object' not supported for value '[object SharedArrayBuffer]'",
    ],
    [new Date(NaN), "Type 'object' not supported for value 'Invalid Date'"],
    [[1, null], "Type 'object' not supported for value '1,'"],
  ];
  for (const [value, text] of refused) {
    assert.throws(() => convert(value), { message: `D1_TYPE_ERROR: ${text}` });
  }
});

test("text without Unicode characters becomes text", () => {
  assert.equal(stringJson("a\ud800"), '"a\ufffd"');
  assert.equal(stringJson("\udc00\ud800b"), '"\ufffd\ufffdb"');
  assert.equal(stringJson("\\ud800 🎈"), '"\\\\ud800 🎈"');
});
