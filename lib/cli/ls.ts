import type { SegmentInfo } from '..';
import type { Command } from 'commander';
import { formatBytes } from '../core/bytes';
import { formatMode } from './arguments';
import { writeJson, writeOut } from './output';
import { type Column, formatTable, formatTime } from './table';
import { userName } from './users';

const COLUMNS: readonly Column<SegmentInfo>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'SIZE', text: ({ size }) => formatBytes(size), right: true },
  { title: 'MODE', text: ({ mode }) => formatMode(mode) },
  { title: 'OWNER', text: ({ uid }) => userName(uid) },
  { title: 'MODIFIED', text: ({ modified }) => formatTime(modified) },
];

export function addLs(program: Command): void {
  program
    .command('ls')
    .description('list the segments of this system, whoever made them')
    .option('--json', 'print an array of { name, size, mode, uid, owner, modified }')
    .action(ls);
}

async function ls({ json }: { readonly json?: true }): Promise<void> {
  const { SharedMemory } = await import('../index.js');
  const segments = SharedMemory.list().sort((a, b) => (a.name < b.name ? -1 : 1));
  await (json ? writeJson(segments.map(toJson)) : writeOut(formatTable(COLUMNS, segments)));
}

/** What `--json` says of a segment, here and in `stat`. */
export function toJson({ name, size, mode, uid, modified }: SegmentInfo): object {
  const owner = userName(uid);
  return { name, size, mode: formatMode(mode), uid, owner, modified: modified.toISOString() };
}
