import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { reclaim, type StaleName } from 'named-shm';
import { canBeAttached } from './can-be-attached';
import { systemNames } from './system-names';

/** A name that no other test and no earlier run uses. */
export function uniqueName(label: string): string {
  return `${label}-${randomBytes(6).toString('hex')}`;
}

/** Which of these stand in shared memory now, as Linux spells them. */
export function present(names: readonly string[]): string[] {
  if (process.platform === 'win32') return names.filter((name) => canBeAttached(name));
  const all = new Set(systemNames());
  return names.filter((name) => all.has(name));
}

/** Journals that only the programs of one test keep and sweep. Gone with the test, names too. */
export class OwnJournals implements Disposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'named-shm-journals-'));
  readonly env = { NAMED_SHM_JOURNAL_DIR: this.folder };
  readonly #names = new Set<string>();

  files(): string[] {
    return readdirSync(this.folder);
  }

  /** As in a program that has its journals here. */
  reclaim(options?: { readonly dryRun?: boolean }): StaleName[] {
    return this.during(() => reclaim(options));
  }

  /** Runs `action` with these journals as those of this process. */
  during<T>(action: () => T): T {
    const before = process.env['NAMED_SHM_JOURNAL_DIR'];
    process.env['NAMED_SHM_JOURNAL_DIR'] = this.folder;
    try {
      return action();
    } finally {
      process.env['NAMED_SHM_JOURNAL_DIR'] = before;
    }
  }

  /** Names, as the system spells them, that must not outlive the test, whatever comes of it. */
  removeAtEnd<T extends readonly string[]>(names: T): T {
    for (const name of names) this.#names.add(name);
    return names;
  }

  [Symbol.dispose](): void {
    if (process.platform !== 'win32')
      for (const name of present([...this.#names])) rmSync(path.join('/dev/shm', name));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
