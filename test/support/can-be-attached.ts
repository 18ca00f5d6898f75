import { Semaphore, SharedMemory } from 'named-shm';

/**
 * Whether a name, as Linux spells it, stands for something. Windows lists no semaphores; to attach
 * for a moment changes nothing there.
 */
export function canBeAttached(name: string): boolean {
  try {
    if (name.startsWith('sem.')) Semaphore.attach(name.slice('sem.'.length)).close();
    else SharedMemory.attach(name).close();
    return true;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') return false;
    throw error;
  }
}
