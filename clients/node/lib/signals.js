// Who waits for an AbortSignal. One listener serves all of them: Node warns of
// more than ten on one signal as of a leak.

/** @type {WeakMap<AbortSignal, {then: Set<() => void>, listener: () => void}>} */
const watched = new WeakMap();

/**
 * Calls a function once when a signal is aborted that is not yet.
 *
 * @param {AbortSignal | undefined} signal
 * @param {() => void} then
 */
export function addAbort(signal, then) {
  if (!signal) return;
  let watch = watched.get(signal);
  if (watch === undefined) {
    watch = { then: new Set(), listener: () => onAbort(signal) };
    watched.set(signal, watch);
    signal.addEventListener("abort", watch.listener, { once: true });
  }
  watch.then.add(then);
}

/** The other way round; harmless where there is nothing to take away. */
export function removeAbort(signal, then) {
  const watch = signal && watched.get(signal);
  if (!watch) return;
  watch.then.delete(then);
  if (watch.then.size > 0) return;
  watched.delete(signal);
  signal.removeEventListener("abort", watch.listener);
}

function onAbort(signal) {
  const watch = watched.get(signal);
  if (!watch) return;
  watched.delete(signal);
  for (const then of watch.then) then();
}
