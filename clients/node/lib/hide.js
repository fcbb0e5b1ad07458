/**
 * Gives an object properties that do not show. They are not private fields,
 * which a Proxy around the object could not reach: D1's objects can be wrapped.
 */
export function hide(object, properties) {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(object, name, { value });
  }
}
