export { reclaim, type StaleName } from './cleanup/reclaim';
export { SharedResourceError } from './core/errors';
export {
  DTYPES,
  type DType,
  type ElementOf,
  type TypedArrayOf,
  type TypedArrays,
} from './memory/dtype';
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
export { SharedMemoryManager } from './manager/shared-memory-manager';
export { float, int } from './list/number-kind';
export { type ListItem, ShareableList, type ShareableListOptions } from './list/shareable-list';
export { Lock, type LockOptions } from './sync/lock';
export type { AcquireSyncOptions } from './sync/named-semaphore';
export { Semaphore, type SemaphoreOptions } from './sync/semaphore';
