/**
 * The demos of named-shm: `npm run demo -- NAME [options]`.
 *
 * Without a name it runs the tour. To add a demo, give it a folder with a `run` and a line below.
 */
import { SharedResourceError } from 'named-shm';
import { DemoError } from './support/demo-error';
import { endPrograms, endWithSignals } from './support/programs';

interface Demo {
  readonly name: string;
  readonly summary: string;
  /** Loaded when it is run, so that one demo's dependencies are not the others'. */
  readonly load: () => Promise<{
    /** @returns the exit code: 0 only where everything that the demo claims was true. */
    readonly run: (args: readonly string[]) => Promise<number>;
  }>;
}

const DEFAULT = 'tour';

const demos: readonly Demo[] = [
  {
    name: 'tour',
    summary: 'Node and Python meet by name: a file, a list, a lock and a matrix, in seconds',
    load: () => import('./tour/tour.js'),
  },
  {
    name: 'matmul',
    summary: 'C = A·B by several processes on shared matrices: WebAssembly SIMD without a copy',
    load: () => import('./matmul/matmul.js'),
  },
  {
    name: 'image',
    summary: 'several processes filter one picture, or a video, in shared memory',
    load: () => import('./image/image.js'),
  },
  {
    name: 'dashboard',
    summary: 'collectors at up to 10,000 Hz, each with a circular buffer; a live page with --web',
    load: () => import('./dashboard/dashboard.js'),
  },
  {
    name: 'hello',
    summary: 'a program reads what another one left behind, and removes it',
    load: () => import('./hello/hello.js'),
  },
  {
    name: 'list',
    summary: 'a list of numbers, text, bytes, None and booleans, changed by another program',
    load: () => import('./list/list.js'),
  },
  {
    name: 'leak',
    summary: 'who leaves shared memory behind, how to see it, how to get rid of it',
    load: () => import('./leak/leak.js'),
  },
  {
    name: 'counter',
    summary: 'additions that get lost, and what Lock, Atomics and Mutex do about it',
    load: () => import('./counter/counter.js'),
  },
  {
    name: 'persistent',
    summary: 'shared memory that lasts: records in a file, and a writer that is killed',
    load: () => import('./persistent/persistent.js'),
  },
  {
    name: 'producer-consumer',
    summary: 'numbers, then 4K frames through a double buffer, beside child_process IPC',
    load: () => import('./producer-consumer/producer-consumer.js'),
  },
];

function list(): string {
  const width = Math.max(...demos.map(({ name }) => name.length));
  return demos.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
}

const USAGE = `Usage: npm run demo -- [NAME] [options]

Demos (${DEFAULT} if none is named):
${list()}

  --list        names the demos
  NAME --help   tells a demo's own options`;

async function main(args: readonly string[]): Promise<number> {
  const [first = DEFAULT, ...rest] = args;
  if (first === '--list' || first === '--help' || first === '-h') {
    console.log(first === '--list' ? list() : USAGE);
    return 0;
  }
  const named = !first.startsWith('-');
  const wanted = named ? first : DEFAULT;
  const demo = demos.find(({ name }) => name === wanted);
  if (demo === undefined)
    throw new DemoError(`there is no demo '${wanted}': --list names those that there are`, 2);
  const { run } = await demo.load();
  return run(named ? rest : args);
}

function fail(error: unknown): void {
  const foreseen = error instanceof DemoError || error instanceof SharedResourceError;
  console.error(foreseen ? `demo: ${error.message}` : error);
  process.exitCode = error instanceof DemoError ? error.exitCode : 1;
}

endWithSignals();
// A reader that went away ("npm run demo | head -3") ends the demo, and with it its programs.
process.stdout.on('error', () => process.exit(1));
main(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  }, fail)
  .finally(endPrograms);
