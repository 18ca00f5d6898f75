import { existsSync } from 'node:fs';
import { binding, isFailure, type NativeTrackedName } from '../binding';
import { checkJournalFolder, isJournalOf, journalFolder, listJournals } from './journal-folder';

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
export function reclaim({ dryRun = false }: { readonly dryRun?: boolean } = {}): StaleName[] {
  const folder = journalFolder();
  if (!existsSync(folder)) return [];
  checkJournalFolder(folder);
  return listJournals(folder).flatMap((file) => reclaimFile(file, { dryRun, force: false }));
}

/** Removes what other threads of this process track: for when it is about to die of a signal. */
export function reclaimOwnProcess(): void {
  const folder = journalFolder();
  if (!existsSync(folder)) return;
  for (const file of listJournals(folder)) {
    if (isJournalOf(binding.processToken, file)) reclaimFile(file, { dryRun: false, force: true });
  }
}

function reclaimFile(
  file: string,
  { dryRun, force }: { readonly dryRun: boolean; readonly force: boolean },
): StaleName[] {
  const result = binding.reclaimJournal(file, dryRun, force);
  // Mostly EBUSY: its process lives. ENOENT: another sweep was faster. The next sweep tries again.
  return isFailure(result) ? [] : result;
}
