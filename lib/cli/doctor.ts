import type { Command } from 'commander';
import type * as Library from '..';
import { checkAddon, checkNode, loadLibrary } from './doctor/addon';
import type { Check, Status } from './doctor/check';
import { checkJournal } from './doctor/journal';
import { checkOrphaned, checkStale } from './doctor/leftovers';
import { checkLimits } from './doctor/limits';
import { checkPython } from './doctor/python';
import { checkRemoveIpc } from './doctor/remove-ipc';
import { checkSharedMemory } from './doctor/shared-memory';
import { EXIT_FAILED, messageOf } from './failure';
import { writeJson, writeOut } from './output';

const JSON_NOTE = `
Exit code ${EXIT_FAILED} says that there is a problem; warnings leave it at 0. With --json the document is
{ status, version, checks: [{ id, status, finding, remedy }] }, each status "ok", "warning" or
"problem", the first the worst of them, and remedy null where all is well.`;

type Group = () => Check | Check[] | Promise<Check[]>;

// What these look at is to be seen on no other system.
const LINUX_GROUPS: Readonly<Record<string, Group>> = {
  'shared-memory': checkSharedMemory,
  limits: checkLimits,
  'remove-ipc': checkRemoveIpc,
};

export function addDoctor(program: Command, version: string): void {
  program
    .command('doctor')
    .description('check that shared memory works here, and say what helps where it does not')
    .option('--json', 'print the checks as one object')
    .addHelpText('after', JSON_NOTE)
    .action(({ json }: { readonly json?: true }) => doctor(version, json ?? false));
}

/** What can't be looked at without the library. On Windows nothing is ever left behind. */
function libraryGroups(library: typeof Library): Readonly<Record<string, Group>> {
  if (process.platform === 'win32') return {};
  return {
    journal: checkJournal,
    stale: () => checkStale(library),
    orphaned: () => checkOrphaned(library),
  };
}

async function doctor(version: string, json: boolean): Promise<void> {
  const loaded = await loadLibrary();
  const checks = await runAll({
    node: checkNode,
    addon: () => checkAddon(loaded, version),
    ...(process.platform === 'linux' ? LINUX_GROUPS : {}),
    ...('library' in loaded ? libraryGroups(loaded.library) : {}),
    python: checkPython,
  });
  const status = worstOf(checks);
  await (json ? writeJson({ status, version, checks }) : writeOut(describe(checks)));
  if (status === 'problem') process.exitCode = EXIT_FAILED;
}

/** One after the other. That something can't even be looked at is a finding as well. */
async function runAll(groups: Readonly<Record<string, Group>>): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [id, group] of Object.entries(groups)) {
    try {
      checks.push(...[await group()].flat());
    } catch (error) {
      const finding = `could not be checked: ${messageOf(error)}`;
      checks.push({ id, status: 'warning', finding, remedy: null });
    }
  }
  return checks;
}

function worstOf(checks: readonly Check[]): Status {
  const has = (status: Status): boolean => checks.some((check) => check.status === status);
  if (has('problem')) return 'problem';
  return has('warning') ? 'warning' : 'ok';
}

function describe(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.flatMap(({ id, status, finding, remedy }) => [
    `${status.padEnd(7)}  ${id.padEnd(width)}  ${finding}`,
    ...(remedy === null ? [] : [`${' '.repeat(7 + 2 + width + 2)}→ ${remedy}`]),
  ]);
  const count = (status: Status): number =>
    checks.filter((check) => check.status === status).length;
  const summary =
    `${plural(count('problem'), 'problem')}, ${plural(count('warning'), 'warning')}, ` +
    `${count('ok')} ok`;
  return `${[...lines, '', summary].join('\n')}\n`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
