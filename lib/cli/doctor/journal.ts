import { accessSync, constants, lstatSync } from 'node:fs';
import * as path from 'node:path';
import { codeOf, messageOf } from '../failure';
import { type Check, ok, problem } from './check';

const ID = 'journal';
const ELSEWHERE = 'or set NAMED_SHM_JOURNAL_DIR to a folder of your own';

/** The rules of the library's own journal folder, without making or changing anything. */
export async function checkJournal(): Promise<Check[]> {
  const journals = await import('../../cleanup/journal-folder.js');
  const folder = journals.journalFolder();
  try {
    journals.checkJournalFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [checkMissing(folder)];
    return [
      unusable(messageOf(error), `Make ${folder} this user's own with mode 0700, ${ELSEWHERE}`),
    ];
  }
  const count = journals.listJournals(folder).length;
  const finding = `${folder} is this user's own and holds ${count} journal${count === 1 ? '' : 's'}`;
  return [ok(ID, finding)];
}

function checkMissing(folder: string): Check {
  let parent = path.dirname(folder);
  while (!lstatSync(parent, { throwIfNoEntry: false })) parent = path.dirname(parent);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return ok(ID, `${folder} will be made by the first program that creates`);
  } catch (error) {
    return unusable(messageOf(error), `Make ${parent} writable for this user, ${ELSEWHERE}`);
  }
}

function unusable(why: string, remedy: string): Check {
  return problem(ID, `no journals, so what killed programs made stays behind: ${why}`, remedy);
}
