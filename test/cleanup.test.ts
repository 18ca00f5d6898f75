// A program's names are gone after it, however it ended, and it ends as it would without us.
import { EVERYTHING } from './children/cleanup-make';
import { OwnJournals, present, uniqueName } from './support/own-journals';
import { type Exit, type Program, startChild } from './support/programs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

let journals: OwnJournals;
beforeEach(() => (journals = new OwnJournals()));
afterEach(() => {
  journals[Symbol.dispose]();
});

function start(way: string, prefix: string, what = 'track'): Program {
  return startChild('cleanup-ends', [way, prefix, what], { env: journals.env });
}

async function namesFrom(child: Program): Promise<string[]> {
  const names = JSON.parse(await child.line()) as string[];
  return journals.removeAtEnd(names);
}

async function howItEnds(child: Program, signal?: NodeJS.Signals): Promise<Partial<Exit>> {
  if (signal) child.child.kill(signal);
  const exit = await child.exit;
  return { code: exit.code, signal: exit.signal };
}

/** How the program ends that never loads the library. */
async function withoutUs(way: string, signal?: NodeJS.Signals): Promise<Partial<Exit>> {
  await using child = start(way, '-');
  await child.line();
  return await howItEnds(child, signal);
}

async function expectNothingLeft(way: string, signal?: NodeJS.Signals): Promise<void> {
  await using child = start(way, uniqueName('ends'));
  const made = await namesFrom(child);
  expect(made).toHaveLength(EVERYTHING);
  if (signal) expect(present(made)).toEqual(made);
  const [end, expected] = await Promise.all([howItEnds(child, signal), withoutUs(way, signal)]);
  expect(present(made)).toEqual([]);
  expect(end).toEqual(expected);
  expect(journals.files()).toEqual([]);
}

describe('nothing is left, and the exit code is what it would be, of a program that ends by', () => {
  test.each([
    'return',
    'process.exitCode = 4',
    'throw',
    'unhandled rejection',
    'process.exit(0)',
    'process.exit(3)',
    'process.exit(0) in an exit listener',
    'process.exit(3) in an exit listener',
    'process.exit(3) in an exit listener after an exception',
    'throw in an exit listener',
    'throw in an exit listener of process.exit(0)',
    'process.reallyExit(6)',
    'process.kill(process.pid)',
    'process.abort()',
  ])('%s', async (way) => {
    await expectNothingLeft(way);
  });

  test.each(SIGNALS)('%s', async (signal) => {
    await expectNothingLeft('signal', signal);
  });
});

test.each(['makes more in an exit listener', 'makes more in an exit listener of process.exit(3)'])(
  'nothing is left of a program that %s',
  async (way) => {
    await using child = start(way, uniqueName('late'));
    const made = [...(await namesFrom(child)), ...(await namesFrom(child))];
    expect(made).toHaveLength(2 * EVERYTHING);
    expect(await howItEnds(child)).toEqual(await withoutUs(way));
    expect(present(made)).toEqual([]);
    expect(journals.files()).toEqual([]);
  },
);

describe('a program with signal listeners of its own ends when and how these say:', () => {
  const cases = [
    ['own listener', 'SIGTERM'],
    ['own listener', 'SIGINT'],
    ['own listener before', 'SIGTERM'],
    ['own once listener', 'SIGTERM'],
    ['own once listener before', 'SIGTERM'],
    ['own once listener before', 'SIGHUP'],
    ['own listener that lets it end', 'SIGTERM'],
    ['own listener that is removed', 'SIGTERM'],
    ['own listener that is removed', 'SIGINT'],
    ['own listeners that are all removed', 'SIGTERM'],
  ] as const;
  test.each(cases)('%s, %s', async (way, signal) => {
    await expectNothingLeft(way, signal);
  });

  test('one that lives on after a signal keeps its names', async () => {
    await using child = start('own listener that lives on', uniqueName('lives'));
    const made = await namesFrom(child);
    child.child.kill('SIGTERM');
    expect(await child.line()).toBe('"SIGTERM"');
    expect(present(made)).toEqual(made);
    child.child.kill('SIGHUP');
    expect(await child.line()).toBe('"SIGHUP"');
    expect(present(made)).toEqual(made);
  });
});

test('a program that listens once ends of the second signal', async () => {
  await using child = start('own once listener that lives on', uniqueName('once'));
  const made = await namesFrom(child);
  child.child.kill('SIGTERM');
  expect(await child.line()).toBe('"SIGTERM"');
  expect(present(made)).toEqual(made);
  expect(await howItEnds(child, 'SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  expect(present(made)).toEqual([]);
  expect(journals.files()).toEqual([]);
});

describe('a program that ends without a chance to clean up', () => {
  test('SIGKILL: the next first tracked create removes its names', async () => {
    await using child = start('signal', uniqueName('killed'));
    const made = await namesFrom(child);
    expect(await howItEnds(child, 'SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    expect(present(made)).toEqual(made);
    await using next = start('return', uniqueName('next'));
    const nextMade = await namesFrom(next);
    expect((await next.exit).code).toBe(0);
    expect(present([...made, ...nextMade])).toEqual([]);
    expect(journals.files()).toEqual([]);
  });

  test('SIGKILL: reclaim() removes its names and says which', async () => {
    await using child = start('signal', uniqueName('killed'));
    const made = await namesFrom(child);
    await howItEnds(child, 'SIGKILL');
    const foreseen = journals.reclaim({ dryRun: true });
    expect(present(made)).toEqual(made);
    const removed = journals.reclaim();
    expect(present(made)).toEqual([]);
    const spelled = removed.map(({ kind, name }) => (kind === 'segment' ? name : `sem.${name}`));
    expect(spelled.sort()).toEqual([...made].sort());
    expect(foreseen).toEqual(removed);
    expect(journals.reclaim()).toEqual([]);
    expect(journals.files()).toEqual([]);
  });
});

const ALL_KINDS: readonly { title: string; way: string; signal?: NodeJS.Signals }[] = [
  { title: 'return', way: 'return' },
  { title: 'throw', way: 'throw' },
  { title: 'process.exit(3)', way: 'process.exit(3)' },
  { title: 'process.abort()', way: 'process.abort()' },
  { title: 'SIGTERM', way: 'signal', signal: 'SIGTERM' },
  { title: 'SIGKILL', way: 'signal', signal: 'SIGKILL' },
];

test.each(ALL_KINDS)('track: false is kept: $title', async ({ way, signal }) => {
  await using child = start(way, uniqueName('kept'), 'keep');
  const made = await namesFrom(child);
  expect(await howItEnds(child, signal)).toEqual(await withoutUs(way, signal));
  expect(made).toHaveLength(EVERYTHING);
  journals.reclaim();
  expect(present(made)).toEqual(made);
});

describe('who attaches removes nothing, however it ends:', () => {
  test.each(ALL_KINDS)('$title', async ({ way, signal }) => {
    const prefix = uniqueName('attached');
    await using owner = start('signal', prefix);
    const made = await namesFrom(owner);
    await using child = start(way, prefix, 'attach');
    expect(made).toEqual(expect.arrayContaining(await namesFrom(child)));
    expect(await howItEnds(child, signal)).toEqual(await withoutUs(way, signal));
    expect(present(made)).toEqual(made);
    await using next = start('return', uniqueName('next'));
    await next.exit;
    expect(journals.reclaim()).toEqual([]);
    expect(present(made)).toEqual(made);
    await howItEnds(owner, 'SIGTERM');
    expect(present(made)).toEqual([]);
  });
});
