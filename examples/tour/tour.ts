import { parseArgs } from 'node:util';
import * as path from 'node:path';
import { DemoError } from '../support/demo-error';
import { packageRoot } from '../support/paths';
import { findPython, type Python } from '../support/python';
import { formatTime, step, styled } from '../support/report';
import { countTogether } from './steps/count';
import { shareFile, sizeOfFile } from './steps/file';
import { passListRound } from './steps/list';
import { showMatrix } from './steps/matrix';
import { lookForLeftovers, type MadeName } from './steps/nothing-left';

const USAGE = `Usage: npm run demo -- tour [options]

Programs in Node and Python meet in shared memory, by name alone.

  --file PATH        the file to share (default: package-lock.json)
  --python COMMAND   the Python to use (default: python3 or python, if there is one)`;

/** What the steps of the tour have in common. */
export interface Tour {
  readonly file: string;
  readonly python: Python | undefined;
  /** The names of all that was made: the last step looks for them. */
  readonly made: MadeName[];
}

export async function run(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help === true) {
    console.log(USAGE);
    return 0;
  }
  const begin = performance.now();
  const file = pathOf(options.file);
  await sizeOfFile(file); // Before anything else, so that a wrong path costs nothing.
  const search = await findPython(options.python);
  if (search.python === undefined && options.python !== undefined)
    throw new DemoError(`--python ${options.python}: ${search.reason}`, 2);

  const { python } = search;
  const languages = python
    ? `Python ${python.version}`
    : `${search.reason}: its parts are left out`;
  console.log(`${styled('bold', 'named-shm')}   Node ${process.versions.node}, ${languages}`);

  console.log('Independent programs share memory by name. Times include starting them.');

  const tour: Tour = { file, python, made: [] };
  const all = python ? 'three' : 'two';
  const held = [
    await step('A file in shared memory', () => shareFile(tour)),
    await step(`A list that goes round ${all} programs`, () => passListRound(tour)),
    await step('Four programs, one counter, one lock', () => countTogether(tour)),
    await step('A float64 matrix', () => showMatrix(tour)),
    await step('Nothing is left', () => lookForLeftovers(tour)),
  ];

  const failed = held.filter((one) => !one).length;
  const time = formatTime(performance.now() - begin);
  console.log(
    failed === 0
      ? `\nAll ${held.length} steps did what they should, in ${time}.`
      : styled('red', `\n${failed} of ${held.length} steps FAILED, in ${time}.`),
  );
  if (python === undefined)
    console.log('With Python 3.8 or later installed, both languages take part.');
  return failed === 0 ? 0 : 1;
}

function parseOptions(args: readonly string[]): {
  readonly file?: string;
  readonly python?: string;
  readonly help?: boolean;
} {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        file: { type: 'string' },
        python: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw new DemoError((error as Error).message, 2);
  }
}

function pathOf(file: string | undefined): string {
  if (file === undefined) return path.join(packageRoot, 'package-lock.json');
  // npm runs its scripts in the package's folder: INIT_CWD is where the user called it.
  const from = process.env['npm_lifecycle_event'] === 'demo' ? process.env['INIT_CWD'] : undefined;
  return path.resolve(from ?? '.', file);
}
