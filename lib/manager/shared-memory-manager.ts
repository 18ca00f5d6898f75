import { typeError } from '../core/errors';
import { type ListItem, ShareableList } from '../list/shareable-list';
import type { DType } from '../memory/dtype';
import { SharedArray } from '../memory/shared-array';
import { SharedMemory } from '../memory/shared-memory';

/**
 * Makes segments, lists and arrays that all go when it does: closed and unlinked.
 *
 * @example
 * using manager = new SharedMemoryManager();
 * const frames = manager.memory(1 << 20);
 * const state = manager.list(['starting', 0, null]);
 * worker.postMessage({ frames: frames.name, state: state.name });
 */
export class SharedMemoryManager {
  readonly #made: Disposable[] = [];
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** A segment of `size` bytes. @throws as `SharedMemory.create`. */
  memory(size: number): SharedMemory {
    return this.#keep(() => SharedMemory.create({ size }));
  }

  /** A list of the items. @throws as `ShareableList.create`. */
  list(items: Iterable<ListItem>): ShareableList {
    return this.#keep(() => ShareableList.create(items));
  }

  /** An array of zeros. @throws as `SharedArray.create`. */
  array<D extends DType>(dtype: D, shape: readonly number[]): SharedArray<D> {
    return this.#keep(() => SharedArray.create(dtype, shape));
  }

  /** Closes and unlinks everything that it made. A second call does nothing. */
  close(): void {
    this.#closed = true;
    for (const resource of this.#made.splice(0)) resource[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #keep<T extends Disposable>(make: () => T): T {
    if (this.#closed)
      throw typeError('ERR_SHM_CLOSED', 'this SharedMemoryManager is closed: make a new one');
    const resource = make();
    this.#made.push(resource);
    return resource;
  }
}
