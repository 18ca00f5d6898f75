import { existsSync } from 'node:fs';
import { binding, type NativeTrackedName } from '../binding';
import { checkBoolean, checkOptions } from '../core/arguments';
import { isFailure } from '../core/failure';
import { checkJournalFolder, journalFolder, listJournals } from './journal-folder';

/** A name that a program left behind when it was killed. */
export type StaleName = NativeTrackedName;

/**
 * Unlinks what programs of this user that were killed (SIGKILL, out of memory, power loss of a
 * container) had created and not chosen to keep. What living programs use is left alone, and so
 * is a name that somebody has made anew since.
 *
 * @returns the names that were still there, in no order; with `dryRun` nothing is removed.
 * @throws SharedResourceError `EACCES` where the folder of the journals is not this user's alone.
 * @example
 * for (const { kind, name } of reclaim()) console.log(`removed ${kind} ${name}`);
 */
export function reclaim(options?: { readonly dryRun?: boolean | undefined }): StaleName[] {
  const { dryRun = false } = checkOptions(options);
  checkBoolean(dryRun, 'dryRun');
  const folder = journalFolder();
  if (!existsSync(folder)) return [];
  checkJournalFolder(folder);
  return listJournals(folder).flatMap((file) => {
    const result = binding.reclaimJournal(file, dryRun);
    // Mostly EBUSY: its process lives. ENOENT: another sweep was faster. The next one tries again.
    return isFailure(result) ? [] : result;
  });
}
