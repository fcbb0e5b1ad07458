// What bind() takes, and how it goes into a request.

import { types } from "node:util";

import { d1Error, failure } from "./errors.js";

const int64Max = 2n ** 63n - 1n;
const int64Min = -(2n ** 63n);

/**
 * The value that a statement keeps for one given to bind(): D1's conversions,
 * and bigint. Bytes are copied, so that later changes do not reach them.
 *
 * @param {unknown} value
 * @returns {null | number | bigint | string | Uint8Array}
 */
export function convert(value) {
  switch (typeof value) {
    case "number":
    case "string":
      return value;
    case "boolean":
      return value ? 1 : 0;
    case "bigint":
      if (value < int64Min || value > int64Max) throw unsupported(value);
      return value;
    case "object":
      return value === null ? null : convertBytes(value);
    default:
      throw unsupported(value);
  }
}

function convertBytes(value) {
  if (Array.isArray(value) && value.every(isByte))
    return Uint8Array.from(value);
  if (types.isArrayBuffer(value)) return new Uint8Array(value.slice(0));
  if (ArrayBuffer.isView(value)) return convertView(value);
  throw unsupported(value);
}

function isByte(item) {
  return typeof item === "number" && item >= 0 && item < 256;
}

/** D1 takes a view element by element, each reduced to a byte. */
function convertView(view) {
  if (types.isDataView(view) || isBigView(view)) {
    // D1 loses the content of the one and fails with the other.
    return Uint8Array.from(
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength),
    );
  }
  return Uint8Array.from(view);
}

function isBigView(view) {
  return types.isBigInt64Array(view) || types.isBigUint64Array(view);
}

function unsupported(value) {
  const error = `Type '${typeof value}' not supported for value '${shown(value)}'`;
  return d1Error("D1_TYPE_ERROR", failure("bad_request", error));
}

function shown(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/**
 * The JSON of a parameter. A number is a REAL, as with D1, also where it is
 * whole; SQLite makes an INTEGER of it in a column that holds integers. A
 * bigint is an INTEGER with all its digits.
 *
 * @param {ReturnType<typeof convert>} value
 */
export function parameterJson(value) {
  if (value === null) return "null";
  switch (typeof value) {
    case "number":
      return numberJson(value);
    case "string":
      return stringJson(value);
    case "bigint":
      return value.toString();
    default:
      return `{"base64":"${base64(value)}"}`;
  }
}

function numberJson(value) {
  if (!Number.isFinite(value)) return "null";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}

/** Halves of surrogate pairs become U+FFFD: they are no Unicode text. */
export function stringJson(text) {
  const json = JSON.stringify(text);
  return json.includes("\\ud")
    ? JSON.stringify(Buffer.from(text, "utf8").toString("utf8"))
    : json;
}

function base64(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "base64",
  );
}
