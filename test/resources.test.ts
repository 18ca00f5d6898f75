// What a program has made and let go of costs it nothing any more.
import { type Exit, startChild } from './support/programs';

interface Report {
  readonly before: Holdings;
  readonly after: Holdings;
  readonly left: readonly string[];
}

interface Holdings {
  readonly descriptors?: number;
  readonly mappings?: number;
  readonly sharedMappings?: number;
  /** On Windows, where names stand for as long as their handles do. */
  readonly names?: number;
  readonly rssMiB: number;
}

async function report(what: string, cycles: number): Promise<Report> {
  const exit: Exit = await startChild('resources-cycles', [what, String(cycles)], {
    // V8's young generation would grow with the garbage that the cycles make, and RSS with it.
    nodeArgs: ['--expose-gc', '--max-semi-space-size=1'],
    deadlineMs: 120_000,
  }).exit;
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(exit.stdout) as Report;
}

test.each([
  ['segment', 10_000],
  ['segment and its buf', 10_000],
  ['segment that is only dropped', 10_000],
  ['attach', 10_000],
  ['array, list and lock by using', 5_000],
  ['semaphore', 10_000],
  ['failures', 1_000],
])(
  'descriptors, mappings and memory stay flat: %s, %i times',
  async (what, cycles) => {
    const { before, after, left } = await report(what, cycles);
    expect(after.descriptors).toBe(before.descriptors);
    expect(after.sharedMappings).toBe(before.sharedMappings);
    expect(after.names).toBe(before.names);
    // Node's own heap moves by a few, and Node 22 takes 20 MiB for itself; a page a cycle would be
    // thousands, and 40 MiB.
    const { mappings = 0 } = before;
    expect((after.mappings ?? 0) - mappings).toBeLessThan(50);
    expect(after.rssMiB - before.rssMiB).toBeLessThan(30);
    expect(left).toEqual([]);
  },
  120_000,
);
