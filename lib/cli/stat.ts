import type * as Library from '..';
import type { SegmentInfo } from '..';
import type { Command } from 'commander';
import { formatBytes } from '../core/bytes';
import { formatMode } from './arguments';
import { codeOf } from './failure';
import { toJson } from './ls';
import { writeJson, writeOut } from './output';
import { type Process, findProcesses } from './processes';
import { formatTime, printable } from './table';
import { userName } from './users';

export function addStat(program: Command): void {
  program
    .command('stat')
    .description('show what the system knows of a segment, and who has it mapped')
    .argument('<name>', 'the segment')
    .option('--json', "print an object as in ls, and processes: [{ pid, name }]; null: can't tell")
    .action(stat);
}

async function stat(name: string, { json }: { readonly json?: true }): Promise<void> {
  const info = findSegment(await import('../index.js'), name);
  const users = findProcesses()?.(info.name);
  await (json
    ? writeJson({ ...('mode' in info ? toJson(info) : info), processes: users ?? null })
    : writeOut(describe(info, users)));
}

/** All that is known; where the system has no list of segments, only the size is. */
function findSegment(
  { SharedMemory }: typeof Library,
  name: string,
): SegmentInfo | { readonly name: string; readonly size: number } {
  const bare = name.replace(/^\//, '');
  const info = listWherePossible(SharedMemory).find((segment) => segment.name === bare);
  if (info) return info;
  // Says what is wrong: no such name, no name at all.
  using shm = SharedMemory.attach(name, { readOnly: true });
  return { name: shm.name, size: shm.size };
}

function listWherePossible(SharedMemory: typeof Library.SharedMemory): SegmentInfo[] {
  try {
    return SharedMemory.list();
  } catch (error) {
    if (codeOf(error) === 'ERR_SHM_UNSUPPORTED') return [];
    throw error;
  }
}

function describe(
  info: ReturnType<typeof findSegment>,
  users: readonly Process[] | undefined,
): string {
  const lines = [
    ['name', printable(info.name)],
    [
      'size',
      info.size < 1024 ? formatBytes(info.size) : `${info.size} bytes (${formatBytes(info.size)})`,
    ],
  ];
  if ('mode' in info) {
    lines.push(['mode', formatMode(info.mode)]);
    lines.push(['owner', `${userName(info.uid)} (${info.uid})`]);
    lines.push(['modified', formatTime(info.modified)]);
  }
  if (users) {
    const list = users.map(({ pid, name }) => `${pid} (${printable(name)})`);
    lines.push(['mapped by', list.join(', ') || 'no process that this user can look into']);
  }
  return lines.map(([title = '', text = '']) => `${title.padEnd(9)}  ${text}\n`).join('');
}
