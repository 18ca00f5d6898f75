import { isMainThread } from 'node:worker_threads';
import { binding } from '../binding';
import { isFailure } from '../core/failure';
import { newJournal, openJournalFolder } from './journal-folder';
import { reclaim } from './reclaim';

let prepared = false;

// From the start: it may be a Worker that makes things, and the main thread that listens.
if (isMainThread) process.on('removeListener', watchSignalAgain);

/**
 * Called before anything is created that has to go with its program. The first call of each
 * thread removes what killed programs left, and begins a journal for the case that this one is
 * killed. Every other end, of a Worker, of the process, by a signal, is the native side's.
 */
export function prepareTracking(): void {
  // On Windows names go with the last program that has them open, however it ends.
  if (prepared || process.platform === 'win32') return;
  prepared = true;
  try {
    const folder = openJournalFolder();
    reclaim();
    const file = newJournal(folder);
    const opened = binding.openJournal(file);
    if (isFailure(opened)) throw new Error(`${opened.code}, ${opened.syscall} '${file}'`);
  } catch (error) {
    process.emitWarning(
      `no journal: what this process creates will not be removed if it is killed with SIGKILL. ` +
        (error as Error).message,
      { type: 'NamedShmWarning', code: 'NSHM_NO_JOURNAL' },
    );
  }
}

/** When the program's last listener for a signal goes, libuv leaves the signal to the system. */
function watchSignalAgain(event: string | symbol): void {
  if (typeof event === 'string' && event.startsWith('SIG')) binding.watchSignals();
}
