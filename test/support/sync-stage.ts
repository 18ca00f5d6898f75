import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { SharedMemory } from 'named-shm';
import { canBeAttached } from './can-be-attached';
import type { Gate } from './sync-gates';
import { type Kind, KINDS } from './sync-kinds';
import { Peer, type Place } from './sync-peer';
import { systemNames } from './system-names';

/** What a test makes, so that all of it is gone after the test, also after one that failed. */
export class Stage {
  readonly #prefix = `sync-${randomBytes(6).toString('hex')}`;
  readonly #things: Disposable[] = [];
  readonly #programs: AsyncDisposable[] = [];
  #names = 0;

  /** One that nobody else uses. */
  name(): string {
    this.#names += 1;
    return `${this.#prefix}-${this.#names}`;
  }

  /** Disposes of it after the test. */
  keep<T extends Disposable>(thing: T): T {
    this.#things.push(thing);
    return thing;
  }

  /** Ends it after the test. */
  keepRunning<T extends AsyncDisposable>(program: T): T {
    this.#programs.push(program);
    return program;
  }

  /** Two handles of one gate. */
  two<G extends Gate>(kind: Kind & { create(): G; attach(name: string): G }): [G, G] {
    const first = this.keep(kind.create({ name: this.name() }) as G);
    return [first, this.keep(kind.attach(first.name) as G)];
  }

  /** These bytes, and no others, in shared memory, as another program may have written them there. */
  write(file: string, bytes: Uint8Array): void {
    if (process.platform === 'win32') {
      const shm = this.keep(SharedMemory.createOrAttach({ name: file, size: bytes.length }));
      shm.buf.fill(0).set(bytes);
      return;
    }
    writeFileSync(path.join('/dev/shm', file), bytes);
    this.keep({
      [Symbol.dispose]() {
        rmSync(path.join('/dev/shm', file), { force: true });
      },
    });
  }

  /** What another program finds there; on Windows with zeros up to the page's end. */
  read(file: string): Buffer {
    if (process.platform !== 'win32') return readFileSync(path.join('/dev/shm', file));
    using shm = SharedMemory.attach(file, { readOnly: true });
    return Buffer.from(shm.buf);
  }

  async peer(place: Place): Promise<Peer> {
    return this.keepRunning(await Peer.start(place));
  }

  /** What stands in shared memory under names of this test. */
  present(): string[] {
    if (process.platform !== 'win32')
      return systemNames().filter((name) => name.includes(this.#prefix));
    const given = Array.from({ length: this.#names }, (_, i) => `${this.#prefix}-${i + 1}`);
    const parts = given.flatMap((name) => KINDS.flatMap((kind) => [name, ...kind.parts(name)]));
    return [...new Set(parts)].filter((name) => canBeAttached(name));
  }

  async end(): Promise<void> {
    for (const program of this.#programs.splice(0).reverse()) await program[Symbol.asyncDispose]();
    for (const thing of this.#things.splice(0).reverse()) thing[Symbol.dispose]();
    const left = this.present();
    for (const name of process.platform === 'win32' ? [] : left)
      rmSync(path.join('/dev/shm', name), { recursive: true });
    if (left.length > 0) throw new Error(`the test left in /dev/shm: ${left.join(', ')}`);
  }
}

/** A stage that is empty before each test of the file. */
export function useStage(): Stage {
  const stage = new Stage();
  afterEach(() => stage.end());
  return stage;
}
