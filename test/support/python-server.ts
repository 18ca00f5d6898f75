import { SharedMemory } from 'named-shm';
import { type Program } from './programs';
import { NEWEST, OLDEST, type Python, pythons, startPython } from './python';

const DEADLINE_MS = 120_000;

/**
 * Defines the tests once for each Python at hand, with a server that does their bidding. Where there
 * is none, that is said in a skipped test; under CI it is an error.
 */
export function describeEachPython(
  tests: (python: PythonServer) => void,
  { numpy = false }: { readonly numpy?: boolean } = {},
): void {
  const fitting = pythons().filter((python) => python.hasNumPy || !numpy);
  if (fitting.length === 0) {
    const missing = `no Python 3.${OLDEST} to 3.${NEWEST}${numpy ? ' with NumPy' : ''} on PATH or in pyenv`;
    if (process.env['CI']) throw new Error(`${missing}: CI needs one`);
    console.warn(`Skipped: ${missing}. Debian and Ubuntu: apt-get install python3 python3-numpy`);
    test.skip(`skipped: ${missing}`, () => undefined);
    return;
  }
  for (const python of fitting) {
    describe(`Python ${python.version} (${python.command})`, () => {
      const server = new PythonServer(python);
      beforeAll(() => {
        server.start();
      });
      afterAll(() => server.stop());
      tests(server);
    });
  }
}

/** Whose classes Python uses: CPython's own, or those of the companion python/named_shm.py. */
export type Kind = 'stock' | 'named_shm';

/** An exception that Python raised. */
export class PythonError extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

interface Opened {
  readonly id: number;
  readonly name: string;
  readonly size: number;
}

/**
 * A Python process that opens and uses what tests ask for: test/python/server.py. Items and
 * elements go both ways as Python literals.
 */
export class PythonServer {
  readonly minor: number;
  readonly #made: string[] = [];
  #program: Program | undefined;

  constructor(readonly python: Python) {
    this.minor = python.minor;
  }

  start(): void {
    this.#program = startPython(this.python, 'server', [], { deadlineMs: DEADLINE_MS });
  }

  /** Ends the process, and waits for that and for its resource tracker's end. */
  async stop(): Promise<void> {
    const program = this.#program;
    if (program === undefined) return;
    program.child.stdin?.end();
    try {
      const { code, signal, stderr } = await program.exit;
      if (code !== 0) throw new Error(`the Python server ended with ${code ?? signal}:\n${stderr}`);
    } finally {
      this.#made.forEach(removeSegment); // What it left, if it was killed.
    }
  }

  async createSegment(kind: Kind, size: number, name?: string): Promise<PythonSegment> {
    return new PythonSegment(this, await this.#make('create_segment', { kind, size, name }));
  }

  async attachSegment(kind: Kind, name: string): Promise<PythonSegment> {
    return new PythonSegment(this, await this.request('attach_segment', { kind, name }));
  }

  async createList(kind: Kind, items: string, name?: string): Promise<PythonList> {
    return new PythonList(this, await this.#make('create_list', { kind, items, name }));
  }

  async attachList(kind: Kind, name: string): Promise<PythonList> {
    return new PythonList(this, await this.request('attach_list', { kind, name }));
  }

  async createArray(kind: Kind, dtype: string, shape: readonly number[]): Promise<PythonArray> {
    return new PythonArray(this, await this.#make('create_array', { kind, dtype, shape }));
  }

  async attachArray(
    kind: Kind,
    { name, dtype, shape }: { name: string; dtype: string; shape: readonly number[] },
  ): Promise<PythonArray> {
    return new PythonArray(this, await this.request('attach_array', { kind, name, dtype, shape }));
  }

  /** One of CPython's spawn context, whose name others can attach to. */
  async createSemaphore(
    type: 'Lock' | 'Semaphore' | 'BoundedSemaphore',
    value?: number,
  ): Promise<PythonSemaphore> {
    return new PythonSemaphore(this, await this.request('create_semaphore', { type, value }));
  }

  async attachSemaphore(
    kind: Kind,
    type: 'Lock' | 'Semaphore',
    name: string,
  ): Promise<PythonSemaphore> {
    return new PythonSemaphore(this, await this.request('attach_semaphore', { kind, type, name }));
  }

  /** @throws PythonError */
  async request<T>(operation: string, args: object): Promise<T> {
    if (this.#program === undefined) throw new Error('the Python server has not been started');
    this.#program.tell(JSON.stringify({ do: operation, with: args }));
    const answer = JSON.parse(await this.#program.line()) as
      { readonly result: T } | { readonly error: string; readonly message: string };
    if ('error' in answer) throw new PythonError(answer.error, answer.message);
    return answer.result;
  }

  async #make(operation: string, args: object): Promise<Opened> {
    const opened = await this.request<Opened>(operation, args);
    this.#made.push(opened.name);
    return opened;
  }
}

function removeSegment(name: string): void {
  try {
    SharedMemory.unlink(name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  }
}

/** Something that the server has open. Leaving its scope closes it, and unlinks what Python made. */
class PythonObject implements AsyncDisposable {
  /** As Python calls it. */
  readonly name: string;
  readonly #server: PythonServer;
  readonly #id: number;

  constructor(server: PythonServer, { id, name }: { id: number; name: string }) {
    this.#server = server;
    this.#id = id;
    this.name = name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ask('drop');
  }

  protected ask<T = undefined>(operation: string, args: object = {}): Promise<T> {
    return this.#server.request<T>(operation, { id: this.#id, ...args });
  }
}

export class PythonSegment extends PythonObject {
  readonly size: number;

  constructor(server: PythonServer, opened: Opened) {
    super(server, opened);
    this.size = opened.size;
  }

  async read(offset = 0, length = this.size): Promise<Buffer> {
    return Buffer.from(await this.ask<string>('read', { offset, length }), 'hex');
  }

  write(offset: number, data: Uint8Array): Promise<void> {
    return this.ask('write', { offset, data: Buffer.from(data).toString('hex') });
  }

  close(): Promise<void> {
    return this.ask('close');
  }

  unlink(): Promise<void> {
    return this.ask('unlink');
  }
}

export class PythonList extends PythonSegment {
  get(index: number): Promise<string> {
    return this.ask('get_item', { index });
  }

  set(index: number, value: string): Promise<void> {
    return this.ask('set_item', { index, value });
  }

  items(): Promise<string[]> {
    return this.ask('items');
  }

  length(): Promise<number> {
    return this.ask('length');
  }

  format(): Promise<string> {
    return this.ask('format');
  }

  count(value: string): Promise<number> {
    return this.ask('count', { value });
  }

  index(value: string): Promise<number> {
    return this.ask('index', { value });
  }
}

/** What NumPy says of an array; strides in bytes. */
export interface ArrayDescription {
  readonly dtype: string;
  readonly shape: number[];
  readonly strides: number[];
  readonly values: string[];
}

export class PythonArray extends PythonSegment {
  describe(): Promise<ArrayDescription> {
    return this.ask('describe_array');
  }

  set(index: readonly number[], value: string): Promise<void> {
    return this.ask('set_element', { index, value });
  }
}

export class PythonSemaphore extends PythonObject {
  tryAcquire(): Promise<boolean> {
    return this.ask('try_acquire');
  }

  /** @param timeout - seconds; for ever if left out. */
  acquire(timeout: number | null = null): Promise<boolean> {
    return this.ask('acquire', { timeout });
  }

  release(): Promise<void> {
    return this.ask('release');
  }

  value(): Promise<number> {
    return this.ask('value');
  }
}
