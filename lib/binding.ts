import * as path from 'node:path';
import nodeGypBuild from 'node-gyp-build';
import type { Failure } from './core/failure';

/** What has a name that it may have made itself. */
interface NativeNamed {
  /** Under which it is tracked, for `unlinkOwn…`: 0 where it is not, undefined if attached. */
  readonly serial?: number;
}

/** Mapped bytes. Methods of what is closed return 0, undefined or false. */
export interface NativeMapping {
  size(): number;
  /** Over a part of them, with an ArrayBuffer of its own; undefined out of their bounds. */
  buffer(byteOffset: number, byteLength: number): Buffer<ArrayBuffer> | Failure | undefined;
  /** Whether an access found a page gone and was given private zeros. */
  faulted(): boolean;
  close(): void;
}

export interface NativeSegment extends NativeMapping, NativeNamed {
  /** Maps the segment over the pages where the array begins, and keeps their memory alive. */
  overlay(bytes: Uint8Array<SharedArrayBuffer>): NativeWindow | Failure | undefined;
}

/** A segment mapped into a WebAssembly memory. */
export interface NativeWindow {
  faulted(): boolean;
  /** Leaves private zeros in its place. */
  close(): void;
}

export interface NativeFile extends NativeMapping {
  created(): boolean;
  /** Failing half-way, it may all the same have changed what `size` and `buffer` are about. */
  resize(size: number, reserve: boolean): undefined | Failure;
  /** Blocks the thread until the disk has what was written. */
  flush(): undefined | Failure;
  /** The same in a thread; the callback gets 0 or a failure. */
  startFlush(callback: WaitCallback): number | Failure | undefined;
}

/** An open named semaphore. Methods of a closed one return undefined. */
export interface NativeSemaphore extends NativeNamed {
  tryWait(): boolean | Failure | undefined;
  /** Milliseconds; negative waits for ever. Blocks the thread. */
  wait(timeoutMs: number): boolean | Failure | undefined;
  /** False, and nothing given back, where the value is the `maxValue` that it was opened with. */
  post(): boolean | Failure | undefined;
  value(): number | Failure | undefined;
  /**
   * Waits in a thread; the callback gets 1 for a token, 0 for none. Returns the wait's id, for
   * `interruptWait`.
   */
  startWait(timeoutMs: number, callback: WaitCallback): number | Failure | undefined;
  close(): void;
}

export type WaitCallback = (answer: number | Failure) => void;

/** What acquiring a NativeLock came to: sync/ground.h. */
export const Outcome = {
  acquired: 0,
  acquiredFromDead: 1,
  timedOut: 2,
  stopped: 3,
  full: 4,
} as const;

/** What a lock's segment holds: sync/lock_cell.h. */
export const LockKind = { mutex: 1, rwLock: 2 } as const;

type Answer = number | Failure | undefined;

export interface Holders {
  readonly writer: bigint;
  readonly readers: readonly bigint[];
}

/** An open Mutex or RwLock. Answers are `Outcome`s; undefined once it is closed. */
export interface NativeLock extends NativeNamed {
  tryExclusive(): Answer;
  /** False where this handle does not hold it. */
  releaseExclusive(): boolean | Failure | undefined;
  tryShared(): Answer;
  releaseShared(): boolean | Failure | undefined;
  wait(shared: boolean, timeoutMs: number): Answer;
  startWait(shared: boolean, timeoutMs: number, callback: WaitCallback): Answer;
  markConsistent(): boolean | undefined;
  /** The tokens written in the lock; 0n for no writer. */
  holders(): Holders | Failure | undefined;
  close(): void;
}

export interface NativeSegmentInfo {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly mtimeMs: number;
}

export interface NativeTrackedName {
  readonly kind: 'segment' | 'semaphore';
  readonly name: string;
}

/** The addon. It checks nothing: names, types and ranges are right when they get here. */
export interface Binding {
  createSegment(
    name: string,
    size: number,
    mode: number,
    reserve: boolean,
    track: boolean,
    content: Uint8Array | undefined,
  ): NativeSegment | Failure;
  attachSegment(name: string, readOnly: boolean): NativeSegment | Failure;
  unlinkSegment(name: string): undefined | Failure;
  /** Unlinks what this environment made and tracks under the serial number, and nothing else. */
  unlinkOwnSegment(name: string, serial: number): boolean;
  listSegments(): NativeSegmentInfo[] | Failure;

  openFile(
    path: string,
    readOnly: boolean,
    create: boolean,
    reserve: boolean,
    size: number,
    mode: number,
  ): NativeFile | Failure;

  createSemaphore(
    name: string,
    value: number,
    maxValue: number,
    mode: number,
    track: boolean,
  ): NativeSemaphore | Failure;
  attachSemaphore(name: string, maxValue: number): NativeSemaphore | Failure;
  unlinkSemaphore(name: string): undefined | Failure;
  unlinkOwnSemaphore(name: string, serial: number): boolean;

  createLock(
    kind: number,
    name: string,
    readers: number,
    mode: number,
    track: boolean,
  ): NativeLock | Failure;
  attachLock(kind: number, name: string): NativeLock | Failure;

  /** Makes a wait end soon, if it has not; to be repeated until its callback has come. */
  interruptWait(id: number): void;

  openJournal(file: string): undefined | Failure;
  reclaimJournal(file: string, dryRun: boolean): NativeTrackedName[] | Failure;
  /** Takes back signals that the program has stopped to handle. */
  watchSignals(): void;

  /** Of the system, in bytes. */
  readonly pageSize: number;
  /** One uint32 that grows whenever an access, in any segment of the process, found a page gone. */
  readonly faultCounter: ArrayBuffer;
}

function load(): Binding {
  const root = path.join(__dirname, '..');
  try {
    return nodeGypBuild(root) as Binding;
  } catch (cause) {
    throw new Error(
      `named-shm: its native addon can't be loaded on ${process.platform}-${process.arch}, ` +
        `Node ${process.versions.node}. Build it with "npm rebuild named-shm"; that needs Python 3, ` +
        `make and a C++17 compiler (Debian and Ubuntu: apt-get install python3 make g++; ` +
        `macOS: xcode-select --install). Loading it said: ${(cause as Error).message.trim()}`,
      { cause },
    );
  }
}

export const binding: Binding = load();
