type Listener = (reason: unknown) => void;

const listeners = new WeakMap<AbortSignal, Set<Listener>>();

/**
 * Calls back when the signal aborts, until the returned function is called. One event listener
 * serves all callbacks of a signal: Node takes more than ten for a leak and warns.
 */
export function onAbort(signal: AbortSignal, listener: Listener): () => void {
  let waiting = listeners.get(signal);
  if (waiting === undefined) {
    const all = new Set<Listener>();
    const tell = (): void => {
      for (const each of all) each(signal.reason);
    };
    signal.addEventListener('abort', tell, { once: true });
    listeners.set(signal, all);
    waiting = all;
  }
  waiting.add(listener);
  return () => waiting.delete(listener);
}
