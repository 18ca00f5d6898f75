import type * as Library from '..';
import type { Command } from 'commander';
import { codeOf, CommandFailure } from './failure';
import { writeJson, writeOut } from './output';
import {
  detailsOf,
  findProcesses,
  isInSharedMemory,
  type Process,
  type ProcessDetails,
} from './processes';
import { type Column, formatTable, formatTime } from './table';

/** What the parts of Condition, Event and Barrier are called after a dot. */
const PARTS = ['lock', 'sleeping', 'woken', 'wait', 'flag'] as const;

type Kind = 'segment' | 'semaphore' | 'mutex' | 'rwlock';

interface Row extends ProcessDetails {
  readonly object: string;
  readonly kind: Kind;
  /** What it holds of a mutex or reader-writer lock. A semaphore does not know. */
  readonly holds: 'exclusive' | 'shared' | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'PID', text: ({ pid }) => String(pid), right: true },
  { title: 'OBJECT', text: ({ object }) => object },
  { title: 'KIND', text: ({ kind }) => kind },
  { title: 'HOLDS', text: ({ holds = '' }) => holds },
  { title: 'STARTED', text: ({ start }) => (start ? formatTime(start) : '') },
  { title: 'COMMAND', text: ({ command }) => command },
];

export function addWho(program: Command): void {
  program
    .command('who')
    .description('show which processes have something open or mapped, and who holds a mutex')
    .argument('<name>', 'a segment, semaphore, lock, mutex, event …')
    .option('--json', 'print an array of { pid, object, kind, holds, start, command }')
    .addHelpText(
      'after',
      '\nA user sees the own processes, root all of them. Only a Mutex and an RwLock know their holder.',
    )
    .action(who);
}

async function who(name: string, { json }: { readonly json?: true }): Promise<void> {
  const bare = name.replace(/^\//, '');
  const processesOf = findProcesses();
  if (!processesOf) throw new CommandFailure('this system does not tell which processes use what');
  const rows = rowsOf(await import('../index.js'), bare, processesOf);
  await (json ? writeJson(rows.map(toJson)) : writeOut(formatTable(COLUMNS, rows)));
}

function rowsOf(
  library: typeof Library,
  name: string,
  processesOf: (file: string) => readonly Process[],
): Row[] {
  const segments = [name, `${name}.state`].filter(isInSharedMemory);
  const semaphores = [name, ...PARTS.map((part) => `${name}.${part}`)].filter((semaphore) =>
    isInSharedMemory(`sem.${semaphore}`),
  );
  // Says what is wrong: no such name, no name at all.
  if (segments.length + semaphores.length === 0) library.SharedMemory.attach(name).close();
  // Before we open them ourselves.
  const users = new Map(
    [...segments, ...semaphores.map((semaphore) => `sem.${semaphore}`)].map((file) => [
      file,
      processesOf(file).map(detailsOf),
    ]),
  );
  return [
    ...segments.flatMap((segment) => {
      const { kind, exclusive, shared } = lockIn(library, segment);
      return (users.get(segment) ?? []).map((user): Row => {
        const holds = user.tokens.has(exclusive)
          ? 'exclusive'
          : shared.some((token) => user.tokens.has(token))
            ? 'shared'
            : undefined;
        return { ...user, object: segment, kind, holds };
      });
    }),
    ...semaphores.flatMap((semaphore) =>
      (users.get(`sem.${semaphore}`) ?? []).map((user): Row => ({
        ...user,
        object: semaphore,
        kind: 'semaphore',
        holds: undefined,
      })),
    ),
  ];
}

/** What a segment is, and the tokens of those that hold it, where it is a robust lock. */
function lockIn(
  { Mutex, RwLock }: typeof Library,
  name: string,
): { readonly kind: Kind; readonly exclusive: string; readonly shared: readonly string[] } {
  for (const [kind, Lock] of [
    ['mutex', Mutex],
    ['rwlock', RwLock],
  ] as const) {
    try {
      using lock = Lock.attach(name);
      const { writer, readers } = lock.holders();
      return { kind, exclusive: String(writer), shared: readers.map(String) };
    } catch (error) {
      if (codeOf(error) !== 'ERR_SHM_CORRUPT' && codeOf(error) !== 'EACCES') throw error;
    }
  }
  return { kind: 'segment', exclusive: '', shared: [] };
}

function toJson({
  pid,
  object,
  kind,
  holds = null,
  start,
  command,
}: { holds?: string | null } & Omit<Row, 'holds'>): object {
  return { pid, object, kind, holds, start: start?.toISOString() ?? null, command };
}
