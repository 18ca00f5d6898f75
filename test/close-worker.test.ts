import { startChild } from './support/programs';
import { deadline, rounds } from './support/slowness';

async function workers(...args: string[]): Promise<unknown> {
  const exit = await startChild('close-workers', args, { deadlineMs: deadline(120_000) }).exit;
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout);
}

test.each(['exit', 'throws', 'returns'])(
  'Workers that end (%s) with segments open and jobs in flight leave nothing',
  async (end) => {
    const count = rounds(20);
    expect(await workers('ends', `${count}`, end)).toEqual({ ended: count, left: [] });
  },
);

test('two Workers and the main thread share a segment', async () => {
  expect(await workers('shared')).toMatchObject({ count: 60_000 });
});

test('each of them until it closes its own: views read zeros then, and write to nobody', async () => {
  expect(await workers('shared')).toMatchObject({
    told: [{ afterClose: 0 }, { afterClose: 0 }],
    neighbour: 0,
  });
});

test('the fault guard outlives the Worker that was the only thread to load the addon', async () => {
  expect(await workers('first')).toEqual({
    inWorker: { read: 0 },
    read: 0,
    code: 'ERR_SHM_TRUNCATED',
  });
});

test(
  'Workers are terminated at any moment of making and attaching things',
  async () => {
    const count = rounds(150);
    expect(await workers('anywhere', `${count}`)).toEqual({ ended: count });
  },
  deadline(150_000),
);

describe.each(['Lock', 'RLock', 'Mutex'])('a Worker that waits for a %s for ever', (kind) => {
  test('can be terminated', async () => {
    expect(await workers('waiting', 'terminate', kind)).toEqual({ terminated: true });
  });

  test('does not keep process.exit() from ending the program', async () => {
    const exit = await startChild('close-workers', ['waiting', 'exit', kind]).exit;
    expect(exit).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
  });
});
