import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import * as path from 'node:path';
import { SharedResourceError } from '../core/errors';

const SUFFIX = '.journal';

/**
 * Where this user's journals are: the same folder for every program of the user, whatever its
 * environment says about temporary files. `NAMED_SHM_JOURNAL_DIR` names another one.
 */
export function journalFolder(): string {
  const chosen = process.env['NAMED_SHM_JOURNAL_DIR'];
  if (chosen) return chosen;
  const parent = process.platform === 'linux' ? '/tmp' : tmpdir();
  return path.join(parent, `named-shm-${process.getuid?.() ?? userInfo().username}`);
}

/**
 * Makes the folder where it is missing, private to the user.
 *
 * @throws where it can't be made, and as `checkJournalFolder`.
 */
export function openJournalFolder(): string {
  const folder = journalFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkJournalFolder(folder);
  return folder;
}

/**
 * Whoever can write into the folder says what we unlink: only this user may.
 *
 * @throws SharedResourceError `EACCES`, `ENOTDIR`.
 */
export function checkJournalFolder(folder: string): void {
  const status = lstatSync(folder);
  const refuse = (code: string, why: string): never => {
    throw new SharedResourceError(code, `journal folder '${folder}' ${why}`, { path: folder });
  };
  if (!status.isDirectory()) refuse('ENOTDIR', 'is not a folder');
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (status.uid !== uid) refuse('EACCES', `belongs to user ${status.uid}, not to ${uid}`);
  if ((status.mode & 0o022) !== 0)
    refuse('EACCES', `can be written by other users. Give it a mode of 0700`);
}

/** Paths of the journals that are there now, of living processes and dead ones. */
export function listJournals(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => path.join(folder, file));
}

/** The path of a journal that does not exist yet. */
export function newJournal(folder: string): string {
  return path.join(folder, randomBytes(8).toString('hex') + SUFFIX);
}
