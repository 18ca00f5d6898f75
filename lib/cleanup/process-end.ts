type CleanUp = (signal?: NodeJS.Signals) => void;

/** What people, shells and supervisors send, and what ends a program that says nothing about it. */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGHUP', 'SIGINT', 'SIGTERM']
    : ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGALRM', 'SIGUSR2', 'SIGVTALRM', 'SIGXCPU'];

/** One set for all copies of this library in the process: two would wait for each other. */
const CLEAN_UPS = Symbol.for('named-shm: called at the end of the process');

type Process = NodeJS.Process & {
  [CLEAN_UPS]?: Set<CleanUp>;
  reallyExit(code?: number): never;
  /** Of `signal-exit` 3, found in many programs; version 4 has it under a global symbol. */
  readonly __signal_exit_emitter__?: { readonly count?: number };
};

/**
 * Calls `cleanUp` when the process is about to end: normally, by an uncaught exception, by
 * `process.exit()`, or by a signal that the program has no listener for. It ends as it would
 * without us, with the same code or of the same signal. Twice the same function is called once.
 *
 * Not `signal-exit`: that kills a program whose own listener was added by `once` before, sets
 * the exit code 0 after an exception in an 'exit' listener, and makes SIGXFSZ deadly, which
 * Node ignores so that a limit on file sizes is an error.
 */
export function onProcessEnd(cleanUp: CleanUp): void {
  const self = process as Process;
  if (self[CLEAN_UPS]) {
    self[CLEAN_UPS].add(cleanUp);
    return;
  }
  const cleanUps = new Set([cleanUp]);
  self[CLEAN_UPS] = cleanUps;
  const runAll = (signal?: NodeJS.Signals): void => {
    for (const each of cleanUps) each(signal);
  };
  process.on('exit', () => {
    runAll();
  });
  // What a later 'exit' listener has made.
  const reallyExit = self.reallyExit.bind(self);
  self.reallyExit = (code) => {
    runAll();
    return reallyExit(code);
  };
  for (const signal of SIGNALS) watch(signal, runAll);
}

function watch(signal: NodeJS.Signals, runAll: CleanUp): void {
  const onSignal = (): void => {
    if (process.listenerCount(signal) > 1 + signalExitListeners()) return;
    runAll(signal);
    process.removeListener(signal, onSignal);
    // Where `signal-exit` listens too, it is called after us and does this.
    if (process.listenerCount(signal) > 0) return;
    // Windows can't send a SIGHUP.
    const deadly = process.platform === 'win32' && signal === 'SIGHUP' ? 'SIGINT' : signal;
    process.kill(process.pid, deadly);
  };
  // Before all others, while those of `once` still count.
  process.prependListener(signal, onSignal);
}

/** Listeners that are not the program's: `signal-exit` only waits to be the last one. */
function signalExitListeners(): number {
  const version4 = (globalThis as Record<symbol, { readonly count?: number } | undefined>)[
    Symbol.for('signal-exit emitter')
  ];
  return (version4?.count ?? 0) + ((process as Process).__signal_exit_emitter__?.count ?? 0);
}
