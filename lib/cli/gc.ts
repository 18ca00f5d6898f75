import type { StaleName } from '..';
import type { Command } from 'commander';
import { writeJson, writeOut } from './output';
import { printable } from './table';

interface GcOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addGc(program: Command): void {
  program
    .command('gc')
    .description("remove what this user's programs left behind when they were killed")
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'print an array of { kind, name }')
    .action(gc);
}

async function gc({ dryRun = false, json = false }: GcOptions): Promise<void> {
  const { reclaim } = await import('../index.js');
  const stale = reclaim({ dryRun }).sort((a, b) => (a.name < b.name ? -1 : 1));
  await (json ? writeJson(stale) : writeOut(describe(stale, dryRun)));
}

function describe(stale: readonly StaleName[], dryRun: boolean): string {
  if (stale.length === 0) return 'nothing left behind\n';
  const verb = dryRun ? 'would remove' : 'removed';
  return stale.map(({ kind, name }) => `${verb} ${kind} ${printable(name)}\n`).join('');
}
