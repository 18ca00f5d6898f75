// What a Worker has made goes with the Worker, or with the process, however either ends.
import { EVERYTHING } from './children/cleanup-make';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { type Program, startChild } from './support/programs';

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function start(way: string, main: 'ignores' | 'loads' | 'makes'): Program {
  return startChild('cleanup-worker', [way, uniqueName('worker'), main], { env: journals.env });
}

async function namesFrom(child: Program): Promise<{ ofMain: string[]; ofWorker: string[] }> {
  const names = JSON.parse(await child.line()) as { ofMain: string[]; ofWorker: string[] };
  journals.removeAtEnd([...names.ofMain, ...names.ofWorker]);
  expect(names.ofWorker).toHaveLength(EVERYTHING);
  return names;
}

test.each([
  'the Worker returns',
  'the Worker throws',
  'process.exit(3) in the Worker',
  'worker.terminate()',
])('%s: its names are gone while the process, and what that has made, lives on', async (way) => {
  await using child = start(way, 'makes');
  const { ofMain, ofWorker } = await namesFrom(child);
  expect(await child.line()).toBe('"the Worker has ended"');
  expect(present(ofWorker)).toEqual([]);
  expect(ofMain).toHaveLength(EVERYTHING);
  expect(present(ofMain)).toEqual(ofMain);
  expect(journals.files()).toHaveLength(1);
  child.child.stdin?.end();
  expect((await child.exit).code).toBe(0);
  expect(present(ofMain)).toEqual([]);
  expect(journals.files()).toEqual([]);
});

describe.each(['ignores', 'loads', 'makes'] as const)(
  'the main thread %s, a Worker lives, and',
  (main) => {
    test.each([
      ['process.exit(4)', { code: 4, signal: null }],
      ['throw', { code: 1, signal: null }],
      ['SIGTERM', { code: null, signal: 'SIGTERM' }],
      ['SIGINT', { code: null, signal: 'SIGINT' }],
      ['SIGHUP', { code: null, signal: 'SIGHUP' }],
    ] as const)('%s ends the process: nothing is left', async (way, expected) => {
      await using child = start(way, main);
      const { ofMain, ofWorker } = await namesFrom(child);
      if (expected.signal) child.child.kill(expected.signal);
      expect(await child.exit).toMatchObject(expected);
      expect(present([...ofMain, ...ofWorker])).toEqual([]);
      expect(journals.files()).toEqual([]);
    });
  },
);

test('the main thread loads, and a signal comes that it has listened to: nothing is left', async () => {
  await using child = start('signal after the end of a listener', 'loads');
  const { ofWorker } = await namesFrom(child);
  expect(await child.line()).toBe('"listens no more"');
  child.child.kill('SIGTERM');
  expect(await child.exit).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(present(ofWorker)).toEqual([]);
  expect(journals.files()).toEqual([]);
});

test('SIGKILL: the names of all threads are reclaimed, and not before', async () => {
  await using child = start('signal', 'makes');
  const { ofMain, ofWorker } = await namesFrom(child);
  const all = [...ofMain, ...ofWorker];
  expect(journals.reclaim({ dryRun: true })).toEqual([]);
  expect(journals.reclaim()).toEqual([]);
  expect(present(all)).toEqual(all);
  child.child.kill('SIGKILL');
  await child.exit;
  expect(journals.reclaim()).toHaveLength(2 * EVERYTHING);
  expect(present(all)).toEqual([]);
  expect(journals.files()).toEqual([]);
});
