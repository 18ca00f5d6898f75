// cleanup-ends.js WAY PREFIX|- track|keep|attach
// Makes everything under the prefix, or attaches to it (or, with -, never loads the library, to
// show how a program ends without it), prints the names, and ends in the way that it is told.
import { writeSync } from 'node:fs';

const [way = '', prefix = '-', what = 'track'] = process.argv.slice(2);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

function say(value: unknown): void {
  writeSync(1, `${JSON.stringify(value)}\n`);
}

function forAllSignals(add: (signal: NodeJS.Signals) => unknown): void {
  for (const signal of signals) add(signal);
}

/** A shutdown that takes a moment, as one that lets its connections finish. */
function shutDownSlowly(): void {
  setTimeout(() => process.exit(5), 20);
}

/** What the program does before it uses the library. */
const first: Readonly<Record<string, () => void>> = {
  'own once listener before': () => {
    forAllSignals((signal) => process.once(signal, shutDownSlowly));
  },
  'own listener before': () => {
    forAllSignals((signal) => process.on(signal, shutDownSlowly));
  },
};

/** What it does after it has made everything, and before it prints the names. */
const then: Readonly<Record<string, () => void>> = {
  'own listener': () => {
    forAllSignals((signal) => process.on(signal, shutDownSlowly));
  },
  'own once listener': () => {
    forAllSignals((signal) => process.once(signal, shutDownSlowly));
  },
  'own listener that lets it end': () => {
    const alive = stayAlive();
    forAllSignals((signal) =>
      process.on(signal, () => {
        process.exitCode = 7;
        clearInterval(alive);
      }),
    );
  },
  'own once listener that lives on': () => {
    stayAlive();
    forAllSignals((signal) =>
      process.once(signal, (name) => {
        say(name);
      }),
    );
  },
  'own listener that is removed': () => {
    const listener = (): void => undefined;
    forAllSignals((signal) => process.on(signal, listener).removeListener(signal, listener));
  },
  'own listeners that are all removed': () => {
    forAllSignals((signal) => process.on(signal, () => undefined).removeAllListeners(signal));
  },
  'own listener that lives on': () => {
    stayAlive();
    forAllSignals((signal) =>
      process.on(signal, (name) => {
        say(name);
      }),
    );
  },
};

/** How it ends after that, where it is not by a signal from outside. */
const ends: Readonly<Record<string, () => void>> = {
  return: () => undefined,
  'process.exitCode = 4': () => {
    process.exitCode = 4;
  },
  throw: () => {
    throw new Error('thrown');
  },
  'unhandled rejection': () => {
    void Promise.reject(new Error('rejected'));
  },
  'process.exit(0)': () => process.exit(0),
  'process.exit(3)': () => process.exit(3),
  'process.exit(0) in an exit listener': () => {
    process.on('exit', () => process.exit(0));
    process.exitCode = 2;
  },
  'process.exit(3) in an exit listener': () => {
    process.on('exit', () => process.exit(3));
  },
  'process.exit(3) in an exit listener after an exception': () => {
    process.on('exit', () => process.exit(3));
    throw new Error('thrown');
  },
  'throw in an exit listener': () => {
    process.on('exit', () => {
      throw new Error('thrown at the end');
    });
  },
  'throw in an exit listener of process.exit(0)': () => {
    process.on('exit', () => {
      throw new Error('thrown at the end');
    });
    process.exit(0);
  },
  'makes more in an exit listener': () => undefined,
  'makes more in an exit listener of process.exit(3)': () => process.exit(3),
  'process.reallyExit(6)': () => {
    (process as unknown as { reallyExit(code: number): never }).reallyExit(6);
  },
  'process.kill(process.pid)': () => {
    stayAlive();
    process.kill(process.pid, 'SIGTERM');
  },
  'process.abort()': () => {
    process.abort();
  },
};

function stayAlive(): NodeJS.Timeout {
  return setInterval(() => undefined, 1000);
}

async function main(): Promise<void> {
  first[way]?.();
  let made: string[] = [];
  if (prefix !== '-') {
    const { attachEverything, makeEverything } = await import('./cleanup-make.js');
    made = what === 'attach' ? attachEverything(prefix) : makeEverything(prefix, what === 'track');
    if (way.startsWith('makes more')) {
      process.on('exit', () => {
        say(makeEverything(`${prefix}-late`, true));
      });
    }
  }
  then[way]?.();
  const end = ends[way];
  if (!end && way !== 'own listener that lets it end') stayAlive();
  say(made);
  if (end) setImmediate(end);
}

void main();
