import { Lock, SharedMemory, SharedResourceError } from 'named-shm';
import { expectSame } from '../../support/expect';
import { row } from '../../support/report';
import type { Tour } from '../tour';

export interface MadeName {
  readonly kind: 'segment' | 'lock';
  readonly name: string;
}

/** Each step's `using` has removed what the step had made: nobody can attach to it any more. */
export function lookForLeftovers({ made }: Tour): string {
  const left = made.filter(isThere);
  row('segments', namesOf(made, 'segment'));
  row('lock', namesOf(made, 'lock'));
  row('left', left.map(({ name }) => name).join(' ') || 'nothing');
  expectSame('what is left', left, []);
  return `all ${made.length} names are gone`;
}

function isThere({ kind, name }: MadeName): boolean {
  try {
    (kind === 'lock' ? Lock : SharedMemory).attach(name).close();
    return true;
  } catch (error) {
    if (error instanceof SharedResourceError && error.code === 'ENOENT') return false;
    throw error;
  }
}

function namesOf(made: readonly MadeName[], wanted: MadeName['kind']): string {
  return made.flatMap(({ kind, name }) => (kind === wanted ? name : [])).join(' ');
}
