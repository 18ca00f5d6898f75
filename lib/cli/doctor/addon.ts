import type * as Library from '../..';
import { messageOf } from '../failure';
import { type Check, ok, problem } from './check';

const OLDEST_NODE = 20;
const SIZE = 4096;
const NEWER_NODE = `Install Node ${OLDEST_NODE} or later`;
const REBUILD = 'Run "npm rebuild named-shm"; it needs Python 3, make and a C++17 compiler';

/** The library, or why its addon does not load. */
export type Loaded = { readonly library: typeof Library } | { readonly error: unknown };

export async function loadLibrary(): Promise<Loaded> {
  if (!isNodeSupported()) return { error: new Error('it is not for this version of Node') };
  try {
    return { library: await import('../../index.js') };
  } catch (error) {
    return { error };
  }
}

function isNodeSupported(): boolean {
  return Number.parseInt(process.versions.node, 10) >= OLDEST_NODE;
}

export function checkNode(): Check {
  const { node } = process.versions;
  const finding = `Node ${node} on ${process.platform}-${process.arch}`;
  return isNodeSupported() ? ok('node', finding) : problem('node', finding, NEWER_NODE);
}

/** Does with a small segment and a lock what programs do with large ones. */
export function checkAddon(loaded: Loaded, version: string): Check {
  if ('error' in loaded) {
    const remedy = isNodeSupported() ? REBUILD : NEWER_NODE;
    return problem('addon', `does not load: ${messageOf(loaded.error)}`, remedy);
  }
  const finding = `named-shm ${version}, its addon (Node-API ${process.versions['napi']})`;
  try {
    trySegment(loaded.library);
    tryLock(loaded.library);
    return ok('addon', `${finding} makes, shares and removes a segment and a lock`);
  } catch (error) {
    const remedy = 'See what the other checks say about shared memory and its limits';
    return problem('addon', `${finding} loads, but does not work: ${messageOf(error)}`, remedy);
  }
}

// Not tracked: the first tracked create of a program sweeps what killed ones left, and whoever asks
// a doctor wants to see that first.

function trySegment({ SharedMemory }: typeof Library): void {
  using made = SharedMemory.create({ size: SIZE, track: false });
  try {
    using attached = SharedMemory.attach(made.name);
    made.view('uint8').fill(0xa5);
    if (!attached.view('uint8').every((byte) => byte === 0xa5))
      throw new Error('what was written through one handle is not what the other reads');
  } finally {
    made.unlink();
  }
}

function tryLock({ Lock }: typeof Library): void {
  using made = Lock.create({ track: false });
  try {
    using attached = Lock.attach(made.name);
    if (!made.tryAcquire() || attached.tryAcquire())
      throw new Error('a lock that is taken through one handle is free through the other');
    attached.release();
  } finally {
    made.unlink();
  }
}
