import { show } from '../core/arguments';
import { typeError } from '../core/errors';
import { checkName } from '../core/name';

/** Makes things in order; where one can't be made, those made before it are undone. */
export function makeTogether<T>(makers: readonly (() => T)[], undo: (made: T) => void): T[] {
  const made: T[] = [];
  try {
    for (const make of makers) made.push(make());
  } catch (error) {
    for (const part of made) undo(part);
    throw error;
  }
  return made;
}

/** Removes names; those that are gone already are as they should be, unless the first one is. */
export function unlinkTogether(unlinks: readonly (() => void)[]): void {
  unlinks.forEach((unlink, index) => {
    try {
      unlink();
    } catch (error) {
      if (index === 0 || (error as { code?: unknown }).code !== 'ENOENT') throw error;
    }
  });
}

/** The names of parts: all made of one, or given one by one as another program has them. */
export function partNames(
  named: string | object,
  parts: readonly string[],
): Record<string, unknown> {
  if (typeof named !== 'string' && (typeof named !== 'object' || named === null)) {
    throw typeError(
      'ERR_SHM_NAME',
      `attach needs a name, or { ${parts.join(', ')} } with a name for each, not ${show(named)}`,
    );
  }
  const nameOf = (part: string): unknown =>
    typeof named === 'string'
      ? `${checkName(named, 'semaphore')}.${part}`
      : checkName((named as Record<string, unknown>)[part], 'semaphore');
  return Object.fromEntries(parts.map((part) => [part, nameOf(part)]));
}
