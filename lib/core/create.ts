import { typeError } from './errors';
import { randomName } from './name';

const ATTEMPTS = 100;

function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | undefined)?.code === code;
}

/** Blocks for a millisecond. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/** Creates under the given name, or under a random one, drawn again while it is taken. */
export function createNamed<T>(name: string | undefined, create: (name: string) => T): T {
  if (name !== undefined) return create(name);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return create(randomName());
    } catch (error) {
      if (!hasCode(error, 'EEXIST') || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Creates what does not exist and attaches to what does, also while other programs create and
 * unlink the same name: each try may find the world changed, so the number of tries is bounded.
 */
export function createOrAttach<T>(
  name: string | undefined,
  { create, attach }: { readonly create: () => T; readonly attach: () => T },
): T {
  if (name === undefined)
    throw typeError('ERR_SHM_NAME', 'createOrAttach needs a name: others attach by it');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return create();
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    try {
      return attach();
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === ATTEMPTS) throw error;
    }
    // What consists of several names may be half-made: its creator needs a moment.
    if (attempt > 1) pause();
  }
}
