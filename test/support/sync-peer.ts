import { once } from 'node:events';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Exit, type Program, startChild } from './programs';
import type { Gate } from './sync-gates';

export const PLACES = ['a process', 'a Worker'] as const;
export type Place = (typeof PLACES)[number];

/** Told to a peer: call a member of something it has, or of one of its makers. */
export interface Order {
  readonly id: number;
  readonly on: number | string;
  readonly member: string;
  readonly args: readonly unknown[];
  /** Whether what it makes is kept there, under the order's id. */
  readonly keep: boolean;
}

/** A peer says when it begins, and what came of it. */
export interface Answer {
  readonly id: number;
  readonly began?: true;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
}

type Args<T, K extends keyof T> = T[K] extends (...args: infer A) => unknown ? A : [];
type Value<T, K extends keyof T> = T[K] extends (...args: never) => infer R ? Awaited<R> : T[K];

interface Pending {
  readonly began: () => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Where a peer has what makes gates; the library's classes have names of their own. */
export function gateMaker(label: string): string {
  return `gate: ${label}`;
}

/** A wait, or any other call, that a peer has begun: it may block the peer. */
export interface Begun<V> {
  readonly done: Promise<V>;
}

/** Something that a peer has. */
export class Remote<T> {
  readonly #peer: Peer;
  readonly #on: number | string;

  constructor(peer: Peer, on: number | string) {
    this.#peer = peer;
    this.#on = on;
  }

  call<K extends keyof T & string>(member: K, ...args: Args<T, K>): Promise<Value<T, K>> {
    return this.#peer.order<Value<T, K>>(this.#on, member, args).done;
  }

  /** Resolves when the peer is about to do it, and is still at it where it has to wait. */
  async begin<K extends keyof T & string>(
    member: K,
    ...args: Args<T, K>
  ): Promise<Begun<Value<T, K>>> {
    const { began, done } = this.#peer.order<Value<T, K>>(this.#on, member, args);
    await began;
    return { done };
  }
}

/** Another program, or a Worker, that does to primitives what a test tells it to. */
export class Peer implements AsyncDisposable {
  readonly place: Place;
  readonly #pending = new Map<number, Pending>();
  readonly #program: Program | undefined;
  readonly #worker: Worker | undefined;
  #last = 0;

  static async start(place: Place): Promise<Peer> {
    const peer = new Peer(place);
    await peer.ping();
    return peer;
  }

  private constructor(place: Place) {
    this.place = place;
    if (place === 'a process') {
      this.#program = startChild('sync-peer', [], { deadlineMs: 200_000 });
      void this.#readLines(this.#program);
    } else {
      this.#worker = new Worker(path.join(__dirname, '../../out/test/children/sync-peer.js'));
      this.#worker.on('message', (answer: Answer) => {
        this.#hear(answer);
      });
      this.#worker.once('error', (error) => {
        this.#fail(error);
      });
      this.#worker.once('exit', (code) => {
        this.#fail(new Error(`the Worker ended, code ${code}`));
      });
    }
  }

  get pid(): number {
    return this.#program?.child.pid ?? process.pid;
  }

  /** One thing it makes: `make('Mutex', 'attach', name)`. */
  async make<T>(maker: string, method: string, ...args: readonly unknown[]): Promise<Remote<T>> {
    const { id, done } = this.order(maker, method, args, true);
    await done;
    return new Remote<T>(this, id);
  }

  /** The same of a gate: `makeGate('Mutex', 'attach', name)`. */
  makeGate(
    label: string,
    method: 'attach' | 'createOrAttach',
    ...args: readonly unknown[]
  ): Promise<Remote<Gate>> {
    return this.make<Gate>(gateMaker(label), method, ...args);
  }

  /** What it has from the start: a module of functions. */
  at<T>(module: string): Remote<T> {
    return new Remote<T>(this, module);
  }

  /** Resolves when it has begun with all that it was told before. */
  async ping(): Promise<void> {
    await this.order('work', 'ping', []).done;
  }

  order<V>(
    on: number | string,
    member: string,
    args: readonly unknown[],
    keep = false,
  ): { readonly id: number; readonly began: Promise<void>; readonly done: Promise<V> } {
    const id = (this.#last += 1);
    const order: Order = { id, on, member, args, keep };
    let began: Promise<void> | undefined;
    const done = new Promise<V>((resolve, reject) => {
      began = new Promise((tellBegun, tellNot) => {
        this.#pending.set(id, {
          began: tellBegun,
          resolve: resolve as (value: unknown) => void,
          reject: (error) => {
            tellNot(error);
            reject(error);
          },
        });
      });
    });
    const told = new Promise<void>((resolve) => {
      if (this.#program) this.#program.tell(JSON.stringify(order), resolve);
      else resolve(this.#worker?.postMessage(order));
    });
    // Windows may say so after the answer: until then the next order would wait in this program, and
    // for ever where that goes on to block.
    const after = <T>(promise: Promise<T>): Promise<T> => {
      const both = told.then(() => promise);
      both.catch(() => undefined); // Reported to whoever awaits it, as is the promise.
      promise.catch(() => undefined);
      return both;
    };
    return { id, began: after(began as unknown as Promise<void>), done: after(done) };
  }

  /** Only a process: a Worker has no signals. */
  signal(signal: NodeJS.Signals): void {
    this.#program?.child.kill(signal);
  }

  /** How the process ended. */
  get exit(): Promise<Exit> {
    if (!this.#program) throw new Error('a Worker has an exit code only');
    return this.#program.exit;
  }

  /** Ends at once, without having had a word in it: by SIGKILL, or by terminate(). */
  async kill(): Promise<void> {
    if (this.#program) await this.#program[Symbol.asyncDispose]();
    else await this.#worker?.terminate();
  }

  /** Told to end in its middle. Returns before it has; the code is 1 from then on. */
  terminate(): Promise<unknown> {
    return this.#worker ? this.#worker.terminate() : this.kill();
  }

  /** The exit code of a Worker. */
  async workerExit(): Promise<number> {
    const [code] = (await once(this.#worker as Worker, 'exit')) as [number];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // One that a test has stopped. Windows has no such thing.
    if (process.platform !== 'win32') this.#program?.child.kill('SIGCONT');
    await this.kill();
  }

  async #readLines(program: Program): Promise<void> {
    try {
      for (;;) this.#hear(JSON.parse(await program.line()) as Answer);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #hear({ id, began, value, error }: Answer): void {
    const pending = this.#pending.get(id);
    if (began) {
      pending?.began();
      return;
    }
    this.#pending.delete(id);
    if (!error) pending?.resolve(value);
    else {
      const { message, ...rest } = error;
      pending?.reject(Object.assign(new Error(message), rest));
    }
  }

  #fail(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
