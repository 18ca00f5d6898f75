import { SharedResourceError } from '../core/errors';

/** The error of a wait that can't just answer false. */
export function timeoutError(what: string, name: string): SharedResourceError {
  return new SharedResourceError('ETIMEDOUT', `timed out waiting for ${what} '${name}'`, {
    path: `/${name}`,
  });
}

/** Releases however `fn` ends. Where both fail, the error of `fn` is the one that is heard of. */
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
