import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { deadline } from './slowness';

const DEADLINE_MS = deadline(30_000);
const root = path.join(__dirname, '..', '..');

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly input?: string | Uint8Array;
  readonly deadlineMs?: number;
}

/** A program that a test runs: killed, and the test failed, when it outlives its deadline. */
export class Program {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
  readonly #lines: AsyncIterableIterator<string>;

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const { env = {}, cwd = root, uid, input, deadlineMs = DEADLINE_MS } = options;
    this.child = spawn(command, args, { cwd, uid, env: { ...process.env, ...env } });
    const { stdin, stdout, stderr } = this.child;
    if (!stdin || !stdout || !stderr) throw new Error('a program without standard streams');
    const output = { stdout: '', stderr: '' };
    stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    stdin.on('error', () => undefined); // It may end before it has read everything.
    if (input !== undefined) stdin.end(input);
    this.exit = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        reject(
          new Error(
            `${command} ${args.join(' ')} did not end within ${deadlineMs} ms\n` +
              `${output.stdout}\n${output.stderr}`,
          ),
        );
      }, deadlineMs);
      this.child.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      this.child.once('close', (code, signal) => {
        clearTimeout(timer);
        resolve({ code, signal, ...output });
      });
    });
    this.exit.catch(() => undefined); // Reported to whoever awaits it.
  }

  /** The next line that the program prints; an error with its stderr where it ends instead. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done !== true) return next.value;
    const { code, signal, stderr } = await this.exit;
    throw new Error(`the program ended (code ${code}, signal ${signal}) with no line:\n${stderr}`);
  }

  /** `told` is called when the system has the line, or can't take it. */
  tell(line: string, told?: () => void): void {
    this.child.stdin?.write(`${line}\n`, told);
  }

  /** Ends it, if it has not ended, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit.catch(() => undefined);
  }
}

/** One of test/children, by file name. */
export function startChild(
  name: string,
  args: readonly string[] = [],
  options: ProgramOptions & { readonly nodeArgs?: readonly string[]; readonly node?: string } = {},
): Program {
  const file = path.join(root, 'out', 'test', 'children', `${name}.js`);
  const { node = process.execPath, nodeArgs = [] } = options;
  return new Program(node, [...nodeArgs, file, ...args], options);
}

/** A program given as text, for another interpreter or for a few lines of Node. */
export function run(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit> {
  return new Program(command, args, options).exit;
}
