import type * as Library from '..';
import type { Command } from 'commander';
import { checkName } from '../core/name';
import { codeOf, CommandFailure } from './failure';
import { remark, writeJson, writeOut } from './output';
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

/** What attaching to a segment as a lock says where it is none, not ours to open, or gone again. */
const NO_LOCK = new Set<unknown>(['ERR_SHM_CORRUPT', 'ERR_SHM_EMPTY', 'EACCES', 'ENOENT']);

type Kind = 'segment' | 'semaphore' | 'mutex' | 'rwlock';
type Hold = 'exclusive' | 'shared';

interface Row extends ProcessDetails {
  readonly object: string;
  readonly kind: Kind;
  /** What it holds of a mutex or reader-writer lock. A semaphore does not know. */
  readonly holds: Hold | undefined;
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
  const bare = checkName(name, 'shared memory segment');
  const processesOf = findProcesses();
  if (!processesOf) throw new CommandFailure('this system does not tell which processes use what');
  const rows = rowsOf(await import('../index.js'), bare, processesOf);
  if (rows.length === 0 && !json) remark(`no process that this user can see has '${bare}' open`);
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
  if (segments.length + semaphores.length === 0)
    throw new CommandFailure(`ENOENT: no such segment, semaphore or lock, '/${name}'`);
  return [
    ...segments.flatMap((object) => {
      const users = processesOf(object).map(detailsOf); // Before we open it ourselves.
      const { kind, ...tokens } = lockIn(library, object);
      const holdOf = holdsAmong(users, tokens);
      return users.map((user): Row => ({ ...user, object, kind, holds: holdOf(user) }));
    }),
    ...semaphores.flatMap((object) => {
      const users = processesOf(`sem.${object}`).map(detailsOf);
      return users.map((user): Row => ({ ...user, object, kind: 'semaphore', holds: undefined }));
    }),
  ];
}

/** Tokens of those that hold a robust lock, dead or alive. */
interface Holders {
  readonly writer: string | undefined;
  readonly readers: readonly string[];
}

/** What a segment is, and who holds it where it is a robust lock. */
function lockIn(
  { Mutex, RwLock }: typeof Library,
  name: string,
): Holders & { readonly kind: Kind } {
  for (const [kind, Lock] of [
    ['mutex', Mutex],
    ['rwlock', RwLock],
  ] as const) {
    try {
      using lock = Lock.attach(name);
      const { writer, readers } = lock.holders();
      // No token is 0, but a program can lock that byte of another file.
      return { kind, writer: writer ? String(writer) : undefined, readers: readers.map(String) };
    } catch (error) {
      if (!NO_LOCK.has(codeOf(error))) throw error;
    }
  }
  return { kind: 'segment', writer: undefined, readers: [] };
}

function holdsAmong(
  users: readonly ProcessDetails[],
  { writer, readers }: Holders,
): (user: ProcessDetails) => Hold | undefined {
  const reads = ({ tokens }: ProcessDetails): boolean => readers.some((token) => tokens.has(token));
  // A writer puts its token down first, and then waits until the readers have gone.
  const isRead = users.some(reads);
  return (user) => {
    if (reads(user)) return 'shared';
    const writes = !isRead && writer !== undefined && user.tokens.has(writer);
    return writes ? 'exclusive' : undefined;
  };
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
