import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { binding, isFailure } from '../binding';
import { journalName, openJournalFolder } from './journal-folder';
import { onProcessEnd } from './process-end';
import { reclaim, reclaimOwnProcess } from './reclaim';

let prepared = false;

// Node tells only the main thread of signals, and runs no environment's end on it.
if (isMainThread) process.once('worker', watchForTheEnd);

function watchForTheEnd(): void {
  onProcessEnd(cleanUp);
}

function cleanUp(signal?: NodeJS.Signals): void {
  binding.unlinkTracked();
  prepared = false; // The journal is gone with it; what comes now needs a new one.
  if (signal !== undefined) reclaimOwnProcess();
}

/**
 * Called before anything is created that has to go with its program. The first call of each
 * thread removes what killed programs left, and makes sure that this one leaves nothing: at
 * the end of a Worker the native side unlinks, at the end of the process, by a signal too,
 * `cleanUp` does, and the journal tells the next program about the rest.
 */
export function prepareTracking(): void {
  if (prepared) return;
  prepared = true;
  try {
    const folder = openJournalFolder();
    reclaim();
    const file = path.join(
      folder,
      journalName(binding.processToken, randomBytes(4).toString('hex')),
    );
    const opened = binding.openJournal(file);
    if (isFailure(opened)) throw new Error(`${opened.code}, ${opened.syscall} '${file}'`);
  } catch (error) {
    process.emitWarning(
      `no journal: what this process creates will not be removed if it is killed with SIGKILL. ` +
        (error as Error).message,
      { type: 'NamedShmWarning', code: 'NSHM_NO_JOURNAL' },
    );
  }
  if (isMainThread) watchForTheEnd();
}
