import { randomBytes } from 'node:crypto';
import { SharedMemory, SharedResourceError } from 'named-shm';
import { atEnd } from './programs';

/**
 * A name for a segment that a program of the demo makes and keeps. However the demo ends, the
 * segment is gone after it.
 */
export function nameToKeep(): string {
  const name = `nshm_${randomBytes(4).toString('hex')}`;
  atEnd(() => {
    if (isThere(name)) SharedMemory.unlink(name);
  });
  return name;
}

export function isThere(name: string): boolean {
  try {
    SharedMemory.attach(name, { readOnly: true }).close();
    return true;
  } catch (error) {
    if (error instanceof SharedResourceError && error.code === 'ENOENT') return false;
    throw error;
  }
}
