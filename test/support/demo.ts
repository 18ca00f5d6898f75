import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { OwnJournals, present } from './own-journals';
import { type Exit, Program, type ProgramOptions } from './programs';

export const DEMOS = path.join(__dirname, '..', '..', 'out', 'examples', 'main.js');
const DEADLINE_MS = 50_000;

/** Runs demos as users do, and knows what they must not leave behind. */
export class DemoStage implements Disposable {
  /** For what a demo reads and writes: gone with the test. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'named-shm-demo-'));
  readonly #journals = new OwnJournals();
  /** Stands in the environment of the demo and of all that it starts. */
  readonly #marker = randomBytes(8).toString('hex');

  start(args: readonly string[], options: ProgramOptions = {}): Program {
    return this.startProgram(process.execPath, [DEMOS, ...args], options);
  }

  /** One that runs a demo. */
  startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
    const env = { ...this.#journals.env, DEMO_TEST: this.#marker, ...options.env };
    return new Program(command, args, { deadlineMs: DEADLINE_MS, ...options, env });
  }

  /** The journals of programs that have tracked something and run. */
  journals(): string[] {
    return this.#journals.files();
  }

  /** What is in the folder. */
  files(): string[] {
    return readdirSync(this.folder);
  }

  /** Runs one to its end, at which nothing is left of it. */
  async run(...args: string[]): Promise<Exit> {
    await using demo = this.start(args);
    const exit = await demo.exit;
    this.expectNothingLeft(exit);
    return exit;
  }

  /** What one prints that has to succeed. */
  async output(...args: string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await this.run(...args);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).not.toContain('✗');
    return stdout;
  }

  /** The figures of one that has to succeed. */
  async figures<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.output(...args, '--json')) as T;
  }

  /** Wrong options: one line and exit code 2. */
  async expectRefused(args: readonly string[], line: RegExp): Promise<void> {
    const { code, stderr } = await this.run(...args);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
  }

  /** Ends one with a signal once it has printed such a line: nothing is left of it either. */
  async expectGoneAfter(
    signal: NodeJS.Signals,
    args: readonly string[],
    line: RegExp,
  ): Promise<void> {
    await using demo = this.start(args);
    while (!line.test(await demo.line()));
    demo.child.kill(signal);
    const exit = await demo.exit;
    expect(exit).toMatchObject({ code: null, signal });
    this.expectNothingLeft(exit);
  }

  expectNothingLeft({ stdout, stderr }: Exit): void {
    const names = new Set(`${stdout}\n${stderr}`.match(/nshm_[0-9a-f]{8}/g));
    expect(present([...names].flatMap((name) => [name, `sem.${name}`]))).toEqual([]);
    expect(this.journals()).toEqual([]); // All else that it may have made would stand there.
    expect(this.#processes()).toEqual([]);
  }

  #processes(): string[] {
    if (process.platform !== 'linux') return [];
    return readdirSync('/proc').filter((pid) => {
      try {
        return (
          /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(this.#marker)
        );
      } catch {
        return false; // It has ended, or is not ours to look into.
      }
    });
  }

  [Symbol.dispose](): void {
    this.#journals[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
