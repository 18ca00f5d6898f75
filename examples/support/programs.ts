import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { compiledExamples } from './paths';

const DEADLINE_MS = 30_000;

const running = new Set<ChildProcess>();
const cleanups: (() => void)[] = [];
let stopping = false;

export interface ProgramOptions {
  /** Milliseconds after which it is killed and counts as failed. @default 30 seconds */
  readonly deadlineMs?: number;
  /** What its environment has besides this program's. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A program of a demo, on its own in its own process. */
export class Program {
  /** The first line that it prints, as soon as it does. */
  readonly firstLine: Promise<string>;
  /** All lines that it has printed, once it has ended with exit code 0. */
  readonly lines: Promise<string[]>;

  /** Ends it at once, as `kill -9` does: for demos of what happens then. Resolves when it is gone. */
  readonly kill: () => Promise<void>;

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const { deadlineMs = DEADLINE_MS, env } = options;
    const name = path.basename(args[0] ?? command);
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    this.kill = async () => {
      this.lines.catch(() => undefined); // It is meant to fail.
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
    };

    const lines: string[] = [];
    let complaints = '';
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));

    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, deadlineMs);

    this.lines = new Promise((resolve, reject) => {
      const end = (fault: string | undefined, cause?: Error): void => {
        clearTimeout(deadline);
        running.delete(child);
        if (stopping) return; // Ended with the demo: nobody wants to hear how.
        if (fault === undefined) resolve(lines);
        else reject(new Error(`${name} ${fault}\n${complaints}`.trim(), { cause }));
      };
      child.once('error', (error) => {
        end(`can't be started: ${error.message}`, error);
      });
      child.once('close', (code, signal) => {
        if (late) end(`had not ended after ${deadlineMs} ms`);
        else end(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`);
      });
    });
    this.firstLine = new Promise((resolve, reject) => {
      reader.once('line', resolve);
      this.lines.then(() => {
        reject(new Error(`${name} printed nothing`));
      }, reject);
    });
    this.firstLine.catch(() => undefined); // Who waits for the lines hears of it too.
  }
}

/** Starts a Node program of the demos: 'tour/hash' is examples/tour/hash.ts. */
export function startNode(
  program: string,
  args: readonly string[],
  options?: ProgramOptions,
): Program {
  const file = path.join(compiledExamples, `${program}.js`);
  return new Program(process.execPath, [file, ...args], options);
}

/** Does something when the demo and all its programs have ended, by a signal as well. */
export function atEnd(cleanup: () => void): void {
  cleanups.push(cleanup);
}

/** Ends all programs that still run, waits until they are gone, and cleans up after them. */
export async function endPrograms(): Promise<void> {
  stopping = true;
  const gone = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  killAll();
  await Promise.all(gone);
  for (const cleanup of cleanups.splice(0)) cleanup();
}

/**
 * Sees to it that the demo's programs end with it. A signal ends them first and the demo then:
 * named-shm takes back what the demo has made as it dies of the signal.
 */
export function endWithSignals(): void {
  process.on('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const end = (): void => {
      void endPrograms().then(() => {
        process.removeListener(signal, end);
        process.kill(process.pid, signal);
        setInterval(() => undefined, 1000); // Not to end of having nothing to do before it arrives.
      });
    };
    process.on(signal, end);
  }
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}
