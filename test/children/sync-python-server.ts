// Not a program of its own: how a test has test/python/sync_server.py do something.
import { Lock, Semaphore } from 'named-shm';
import { type Program } from '../support/programs';
import { type Python, startPython } from '../support/python';
import { describeEachPython, PythonError } from '../support/python-server';

/** Seconds in Python, milliseconds for us: short, for they have to pass. */
export const SHORT_S = 0.005;
export const SHORT_MS = 5;

/** Never reached: only so that a defect fails the test and does not block it for ever. */
export const DEADLINE_S = 20;
export const DEADLINE_MS = DEADLINE_S * 1000;
const ANSWER_DEADLINE_MS = 30_000;
const SERVER_DEADLINE_MS = 120_000;

export const MAKERS = ['Node', 'Python'] as const;
type Maker = (typeof MAKERS)[number];

/** Defines the tests once for each Python at hand; `server` is for during the tests. */
export function describeEachServer(
  tests: (python: Python, server: () => SyncServer) => void,
): void {
  describeEachPython(({ python }) => {
    let server: SyncServer;
    beforeAll(() => {
      server = new SyncServer(python);
    });
    afterAll(() => server[Symbol.asyncDispose]());
    tests(python, () => server);
  });
}

/** The semaphores of a Condition or an Event, as `names_of` gives them. */
export interface Names {
  readonly lock: string;
  readonly sleeping: string;
  readonly woken: string;
  readonly wait: string;
  readonly flag: string;
}

interface Opened {
  readonly id: number;
  readonly name: string | Names;
}

/** A Python that makes, attaches to and uses what a test asks for, one request after the other. */
export class SyncServer implements AsyncDisposable {
  readonly #program: Program;

  constructor(python: Python) {
    this.#program = startPython(python, 'sync_server', [], { deadlineMs: SERVER_DEADLINE_MS });
  }

  /** One of the spawn context: the name of its class, and its arguments. */
  async make(type: string, ...args: unknown[]): Promise<Theirs> {
    return new Theirs(this, await this.request('make', { type, args }));
  }

  /** By the function of named_shm that gives such an object, with its arguments. */
  async attach(type: string, ...args: unknown[]): Promise<Theirs> {
    return new Theirs(this, await this.request('attach', { type, args }));
  }

  /** @throws PythonError; an Error, with the Python killed, where it does not answer. */
  async request<T>(operation: string, args: object): Promise<T> {
    const deadline = setTimeout(() => void this.kill(), ANSWER_DEADLINE_MS);
    this.#program.tell(JSON.stringify({ do: operation, with: args }));
    try {
      const answer = JSON.parse(await this.#program.line()) as
        { readonly result: T } | { readonly error: string; readonly message: string };
      if ('error' in answer) throw new PythonError(answer.error, answer.message);
      return answer.result;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Ends it at once, whatever it is doing. Its resource tracker removes what it made. */
  async kill(): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#program.child.stdin?.end();
    const { code, signal, stderr } = await this.#program.exit;
    if (code !== 0) throw new Error(`the Python server ended with ${code ?? signal}:\n${stderr}`);
  }
}

/** An object that the server has open. Leaving its scope lets it go. */
export class Theirs implements AsyncDisposable {
  readonly #server: SyncServer;
  readonly #id: number;
  readonly #named: string | Names;

  constructor(server: SyncServer, { id, name }: Opened) {
    this.#server = server;
    this.#id = id;
    this.#named = name;
  }

  /** Where it is one semaphore. */
  get name(): string {
    return this.#named as string;
  }

  /** Where it consists of several. */
  get names(): Names {
    return this.#named as Names;
  }

  /** Calls one of its methods, with Python's arguments. */
  call(method: string, ...args: unknown[]): Promise<unknown> {
    return this.#server.request('call', { id: this.#id, method, args });
  }

  /** As `call`, in a child process that gets the object from the server. */
  callInChild(context: 'fork' | 'spawn', method: string, ...args: unknown[]): Promise<unknown> {
    return this.#server.request('call_in_child', { id: this.#id, context, method, args });
  }

  /** Looks so many times whether it, an event, is set, and says how often it was. */
  look(times: number): Promise<number> {
    return this.#server.request('look', { id: this.#id, times });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.request('drop', { id: this.#id });
  }
}

/** A class that both sides have. */
export interface Kind<T> {
  readonly type: string;
  /** What Python's constructor needs, and what it needs to attach beside the name. */
  readonly args?: readonly unknown[];
  readonly create: () => T & { readonly name: string };
  readonly attach: (theirs: Theirs) => T;
}

/** One thing, open on both sides. */
export class Pair<T extends Disposable> implements AsyncDisposable {
  private constructor(
    readonly ours: T,
    readonly theirs: Theirs,
  ) {}

  static async open<T extends Disposable>(
    server: SyncServer,
    maker: Maker,
    { type, args = [], create, attach }: Kind<T>,
  ): Promise<Pair<T>> {
    if (maker === 'Python') {
      const theirs = await server.make(type, ...args);
      return new Pair(attach(theirs), theirs);
    }
    const ours = create();
    return new Pair<T>(ours, await server.attach(type, ours.name, ...args));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ours[Symbol.dispose]();
    await this.theirs[Symbol.asyncDispose]();
  }
}

/** Waits until so many sleep on a condition or event, and have let go of its lock. */
export async function asleep({ names }: Theirs, count = 1): Promise<void> {
  using sleeping = Semaphore.attach(names.sleeping);
  using lock = Lock.attach(names.lock);
  for (let i = 0; i < count; i += 1) await sleeping.acquire({ timeout: DEADLINE_MS });
  for (let i = 0; i < count; i += 1) sleeping.release();
  await lock.run(() => undefined, { timeout: DEADLINE_MS });
}

/** As `expect` has it thrown. */
export function errorWith(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}
