import { readdirSync } from 'node:fs';
import { SharedMemory } from 'named-shm';

/**
 * What is in shared memory now: segments and (as "sem.…") semaphores, any program's. On Windows
 * segments alone, on macOS nothing.
 */
export function systemNames(): string[] {
  switch (process.platform) {
    case 'linux':
      return readdirSync('/dev/shm').sort();
    case 'win32': {
      const names = SharedMemory.list().map(({ name }) => name);
      return names.filter((name) => !name.startsWith('node-debug-handler')).sort();
    }
    default:
      return [];
  }
}
