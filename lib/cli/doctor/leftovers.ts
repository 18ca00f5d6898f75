import type * as Library from '../..';
import type { SegmentInfo } from '../..';
import { formatBytes } from '../../core/bytes';
import { findProcesses } from '../processes';
import { printable } from '../table';
import { type Check, ok, warning } from './check';

const MOST_NAMED = 5;

/** What killed programs left, by their journals: `gc` removes it. */
export function checkStale({ reclaim }: typeof Library): Check {
  const stale = reclaim({ dryRun: true });
  if (stale.length === 0) return ok('stale', 'no killed program of this user left anything behind');
  const names = stale.map(({ kind, name }) => `${kind} ${name}`);
  return warning('stale', `left behind by killed programs: ${join(names)}`, 'named-shm gc');
}

/** What looks as if nobody needed it. Whether that is so only its maker knows. */
export function checkOrphaned(library: typeof Library): Check[] {
  const processesOf = findProcesses();
  if (processesOf === undefined) return [];
  const known = staleSegments(library);
  const uid = process.getuid?.();
  const orphaned = library.SharedMemory.list().filter(
    (segment) =>
      isOf(uid, segment) && !known.has(segment.name) && processesOf(segment.name).length === 0,
  );
  if (orphaned.length === 0)
    return [ok('orphaned', "every segment of this user's is mapped by some process")];
  const names = orphaned.map(({ name, size }) => `${name} (${formatBytes(size)})`);
  return [
    warning(
      'orphaned',
      `no process that this user can look into has mapped: ${join(names)}`,
      'If they were not kept on purpose, and no container shares them, remove them with "named-shm rm"',
    ),
  ];
}

/** None where the journals can't be read: the check of those says why. */
function staleSegments({ reclaim }: typeof Library): Set<string> {
  try {
    const stale = reclaim({ dryRun: true });
    return new Set(stale.filter(({ kind }) => kind === 'segment').map(({ name }) => name));
  } catch {
    return new Set();
  }
}

/** Root looks into all processes, and so can tell of all segments. */
function isOf(uid: number | undefined, segment: SegmentInfo): boolean {
  return uid === 0 || segment.uid === uid;
}

function join(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map(printable).join(', ');
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
