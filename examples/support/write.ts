import { writeFile } from 'node:fs/promises';
import { DemoError } from './demo-error';
import { userPath } from './options';
import { row } from './report';

/** Writes a file that the user has named, and says so. */
export async function writePicture(file: string, text: string, silent: boolean): Promise<void> {
  const where = userPath(file);
  try {
    await writeFile(where, text);
  } catch (error) {
    throw new DemoError(`can't write ${where}: ${(error as Error).message}`, 2);
  }
  if (!silent) row('written', where);
}
