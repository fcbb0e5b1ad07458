// Reading replies.

const manyDigits = /\d{16}/;
const numberToken = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const integerToken = /^-?[1-9]\d*$/;

/** What stands for an integer that a number cannot hold, while it is parsed. */
const mark = "$sluice_integer";

/** Parses JSON; integers become numbers, as JSON.parse makes them. */
export function parseRounded(text) {
  return JSON.parse(text);
}

/**
 * Parses the JSON of a reply so that integers beyond ±(2^53 - 1) become
 * bigints with all their digits. A reply has objects only where its fields are
 * known, so that the mark cannot be anything else.
 */
export function parseExact(text) {
  if (!manyDigits.test(text)) return JSON.parse(text);
  const marked = markIntegers(text);
  return marked === text ? JSON.parse(text) : JSON.parse(marked, revive);
}

function revive(key, value) {
  return typeof value === "object" && value !== null && mark in value
    ? BigInt(value[mark])
    : value;
}

/** Goes from string to string: what stands between them is no text. */
function markIntegers(text) {
  const parts = [];
  let from = 0;
  while (from < text.length) {
    const quote = text.indexOf('"', from);
    const end = quote < 0 ? text.length : quote;
    const between = text.slice(from, end);
    parts.push(
      manyDigits.test(between)
        ? between.replace(numberToken, markInteger)
        : between,
    );
    from = end;
    if (quote >= 0) {
      from = endOfString(text, quote);
      parts.push(text.slice(quote, from));
    }
  }
  return parts.join("");
}

function markInteger(token) {
  return integerToken.test(token) && !Number.isSafeInteger(Number(token))
    ? `{"${mark}":"${token}"}`
    : token;
}

/** The place behind the string that begins at `quote`. */
function endOfString(text, quote) {
  let end = quote;
  do {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
  } while (isEscaped(text, end));
  return end + 1;
}

function isEscaped(text, at) {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}
