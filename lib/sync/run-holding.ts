import { checkFunction } from '../core/arguments';
import { SharedResourceError } from '../core/errors';
import type { AcquireOptions } from './pending-waits';

interface Holdable {
  readonly name: string;
  acquire(options?: AcquireOptions): Promise<boolean>;
  release(): void;
}

/** The error of a wait that can't just answer false. */
export function timeoutError(what: string, name: string): SharedResourceError {
  return new SharedResourceError('ETIMEDOUT', `timed out waiting for ${what} '${name}'`, {
    path: `/${name}`,
  });
}

/** Holds `lock` while `fn` runs, and releases it however that ends. */
export async function runHolding<T>(
  lock: Holdable,
  fn: () => T | Promise<T>,
  options: AcquireOptions | undefined,
): Promise<T> {
  checkFunction(fn, 'what to run');
  if (!(await lock.acquire(options))) throw timeoutError('lock', lock.name);
  return runThenRelease(fn, () => {
    lock.release();
  });
}

/** Where both fail, the error of `fn` is the one that is heard of. */
export async function runThenRelease<T>(fn: () => T | Promise<T>, release: () => void): Promise<T> {
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    try {
      release();
    } catch {
      // It was closed, or released already: a consequence, or a smaller matter.
    }
    throw error;
  }
  release();
  return result;
}
