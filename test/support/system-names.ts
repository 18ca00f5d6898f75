import { readdirSync } from 'node:fs';

/** What is in shared memory now: segments and (as "sem.…") semaphores, any program's. */
export function systemNames(): string[] {
  return process.platform === 'linux' ? readdirSync('/dev/shm').sort() : [];
}
