export { reclaim, type StaleName } from './cleanup/reclaim';
export { SharedResourceError } from './core/errors';
export {
  DTYPES,
  type DType,
  type ElementOf,
  type TypedArrayOf,
  type TypedArrays,
} from './memory/dtype';
export { MappedFile, type MappedFileOptions } from './memory/mapped-file';
export {
  SharedArray,
  type SharedArrayAttachOptions,
  type SharedArrayOptions,
} from './memory/shared-array';
export {
  type AttachOptions,
  type CreateOptions,
  type SegmentInfo,
  SharedMemory,
} from './memory/shared-memory';
export { type WasmMemory, WasmWindow } from './memory/wasm-window';
export { SharedMemoryManager } from './manager/shared-memory-manager';
export { float, int, type NumberOfKind } from './list/number-kind';
export {
  type ListItem,
  type ListValue,
  ShareableList,
  type ShareableListOptions,
} from './list/shareable-list';
export { Barrier, type BarrierOptions } from './sync/barrier';
export { BoundedSemaphore, type BoundedSemaphoreOptions } from './sync/bounded-semaphore';
export { Condition, type ConditionNames, type ConditionOptions } from './sync/condition';
export { Event, type EventNames, type EventOptions } from './sync/event';
export { Lock, type LockOptions } from './sync/lock';
export { Mutex, type MutexOptions } from './sync/mutex';
export type { AcquireSyncOptions } from './sync/named-semaphore';
export type { AcquireOptions } from './sync/pending-waits';
export { RLock, type RLockOptions } from './sync/rlock';
export type { Acquisition } from './sync/robust-lock';
export { RwLock, type RwLockOptions } from './sync/rw-lock';
export { Semaphore, type SemaphoreOptions } from './sync/semaphore';
