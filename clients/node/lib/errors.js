// Errors as D1 words them. They are plain instances of Error, as D1's are,
// with `cause`, and besides with Sluice's `code` and `retryable`.

/**
 * @typedef {object} Failure What went wrong, before it is worded for a caller.
 * @property {string} error
 * @property {string} code One of the protocol's codes.
 * @property {boolean} retryable Nothing was executed; try again.
 */

/** @returns {Failure} */
export function failure(code, error, retryable = false) {
  return { success: false, error, code, retryable };
}

/** The failure that a reply of the server holds, or null. */
export function failureOf(reply) {
  return reply?.success === false ? reply : null;
}

/**
 * An error with D1's prefix, e.g. `D1_ERROR`.
 *
 * @param {string} prefix
 * @param {Failure} failed
 */
export function d1Error(prefix, failed) {
  return wordedError(`${prefix}: ${failed.error}`, failed, failed.error);
}

/** An error whose cause has another text than the message. */
export function wordedError(message, { code, retryable }, cause) {
  const error = new Error(message, {
    cause: Object.assign(new Error(cause), { code, retryable }),
  });
  return Object.assign(error, { code, retryable: retryable === true });
}

/** An error of what D1 does not have: the catalogue, the connection. */
export function sluiceError(failed, cause) {
  const error = new Error(
    failed.error,
    cause === undefined ? undefined : { cause },
  );
  return Object.assign(error, {
    code: failed.code,
    retryable: failed.retryable === true,
  });
}
