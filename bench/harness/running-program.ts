import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Command } from './command';

/** A program under measurement: waits on its standard input while others have their round. */
export class RunningProgram {
  readonly #command: Command;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #failure: Error | undefined;

  constructor(command: Command) {
    this.#command = command;
    const [program, ...args] = command;
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // Where it can't be started, or ends, its output ends: that is how `measure` hears of it.
    child.on('error', (error) => (this.#failure = error));
    child.stdin.on('error', () => undefined);
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Has it do so many operations, and returns how many nanoseconds one took. */
  async measure(operations: number): Promise<number> {
    this.#child.stdin?.write(`${operations}\n`);
    const answer = await this.#answers.next();
    if (answer.done === true) throw this.#error('ended on the way');
    const elapsed = Number(answer.value);
    if (!(elapsed > 0)) throw this.#error(`answered "${answer.value}"`);
    return elapsed / operations;
  }

  /** Lets it finish: it removes what it made when its input ends. */
  async end(): Promise<void> {
    const running = this.#child.exitCode === null && this.#child.signalCode === null;
    if (!running || this.#child.pid === undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await exit;
  }

  #error(what: string): Error {
    return this.#failure ?? new Error(`${this.#command.join(' ')} ${what}`);
  }
}
