// Barrier: a point where a number of programs wait for each other.
import { truncateSync } from 'node:fs';
import { Barrier, SharedMemory } from 'named-shm';
import { LONG_MS } from './support/sync-gates';
import { PLACES } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { Dice, errorOf, within } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();
const BROKEN = { name: 'SharedResourceError', code: 'ERR_SHM_BROKEN' };

function make(parties: number): Barrier {
  return stage.keep(Barrier.create({ name: stage.name(), parties }));
}

function attach({ name }: Barrier): Barrier {
  return stage.keep(Barrier.attach(name));
}

/** All of them wait and pass: it is usable. */
async function expectUsable(barrier: Barrier): Promise<void> {
  const { parties } = barrier;
  for (let round = 0; round < 3; round += 1) {
    const waiting = Array.from({ length: parties }, () => barrier.wait({ timeout: LONG_MS }));
    const indices = await Promise.all(waiting);
    expect(indices.sort()).toEqual(Array.from({ length: parties }, (_, index) => index));
    expect([barrier.broken, barrier.waiting]).toEqual([false, 0]);
  }
}

test.each(PLACES)('50 rounds of four, each in %s', async (place) => {
  const rounds = 50;
  const barrier = make(4);
  const shm = stage.keep(SharedMemory.create({ name: stage.name(), size: 16 }));
  const parties = Array.from({ length: 4 }, async (_, slot) => {
    const peer = await stage.peer(place);
    const manner = slot % 2 === 0 ? 'sync' : 'async';
    return peer
      .at<typeof work>('work')
      .call('marchInStep', barrier.name, { segment: shm.name, slot, rounds, manner });
  });
  const indices = await Promise.all(parties);
  for (let round = 0; round < rounds; round += 1)
    expect(indices.map((each) => each[round]).sort()).toEqual([0, 1, 2, 3]);
  expect([...shm.view('int32', 0, 4)]).toEqual([rounds, rounds, rounds, rounds]);
  await expectUsable(barrier);
});

test('what it is made of: parties, how many wait, whether it is broken', async () => {
  const barrier = make(3);
  expect(barrier).toMatchObject({ parties: 3, waiting: 0, broken: false });
  const waiting = [barrier.wait(), attach(barrier).wait()];
  expect(barrier).toMatchObject({ parties: 3, waiting: 2, broken: false });
  expect((await Promise.all([...waiting, barrier.wait()])).sort()).toEqual([0, 1, 2]);
  expect(attach(barrier)).toMatchObject({ parties: 3, waiting: 0, broken: false });
});

test('a barrier for one lets it pass at once', async () => {
  const barrier = make(1);
  expect([barrier.waitSync(), await barrier.wait()]).toEqual([0, 0]);
});

test('more programs than parties: they pass in groups', async () => {
  const barrier = make(3);
  const handles = Array.from({ length: 12 }, () => attach(barrier));
  const indices = await Promise.all(handles.map((each) => each.wait({ timeout: LONG_MS })));
  for (const index of [0, 1, 2]) expect(indices.filter((each) => each === index)).toHaveLength(4);
  await expectUsable(barrier);
});

describe('broken for all', () => {
  const ways: [string, (barrier: Barrier) => unknown][] = [
    ['a timeout', (barrier) => errorOf(() => barrier.wait({ timeout: 10 }))],
    ['a timeout, blocking', (barrier) => errorOf(() => barrier.waitSync({ timeout: 10 }))],
    ['abort()', (barrier) => barrier.abort()],
    [
      'abortSync()',
      (barrier) => {
        barrier.abortSync();
      },
    ],
    [
      'an aborted signal',
      (barrier) => errorOf(() => barrier.wait({ signal: AbortSignal.timeout(10) })),
    ],
  ];

  test.each(ways)('by %s, until it is reset', async (_, breakIt) => {
    const barrier = make(9);
    const others = Array.from({ length: 5 }, () => errorOf(() => attach(barrier).wait()));
    for (const place of PLACES) {
      const there = await (
        await stage.peer(place)
      ).make<Barrier>('Barrier', 'attach', barrier.name);
      const { done } = await there.begin(place === 'a Worker' ? 'waitSync' : 'wait');
      others.push(errorOf(() => done));
    }
    while (barrier.waiting < 7) await new Promise(setImmediate);
    await breakIt(attach(barrier));
    for (const error of await within(LONG_MS, Promise.all(others)))
      expect(error).toMatchObject({ code: 'ERR_SHM_BROKEN' });
    expect(barrier).toMatchObject({ broken: true, waiting: 0 });
    expect(await errorOf(() => barrier.wait())).toMatchObject(BROKEN);
    expect(await errorOf(() => attach(barrier).waitSync())).toMatchObject(BROKEN);
    await attach(barrier).reset();
    expect(barrier).toMatchObject({ broken: false, waiting: 0 });
    await expectUsable(barrier);
    barrier.resetSync();
    await expectUsable(barrier);
  });

  test('by a signal that aborts at any moment, 50 times: all hear of it', async () => {
    const barrier = make(5);
    const dice = new Dice();
    for (let round = 0; round < 50; round += 1) {
      const controller = new AbortController();
      const aborted = errorOf(() => barrier.wait({ signal: controller.signal }));
      const others = [1, 2, 3].map(() => errorOf(() => attach(barrier).wait()));
      for (let turns = dice.under(4); turns > 1; turns -= 1) await new Promise(setImmediate);
      controller.abort();
      expect((await aborted).name).toBe('AbortError');
      for (const error of await within(LONG_MS, Promise.all(others)))
        expect(error).toMatchObject(BROKEN);
      await barrier.reset();
    }
    await expectUsable(barrier);
  });
});

test('reset: those who wait hear of it, those who come later start anew', async () => {
  for (const reset of ['reset', 'resetSync'] as const) {
    const barrier = make(4);
    const others = [1, 2].map(() => errorOf(() => attach(barrier).wait()));
    expect(barrier.waiting).toBe(2);
    await barrier[reset]();
    for (const error of await within(LONG_MS, Promise.all(others)))
      expect(error).toMatchObject(BROKEN);
    expect(barrier.broken).toBe(false);
    await expectUsable(barrier);
  }
});

test('a party that was killed does not hold up the timeout of the others', async () => {
  const barrier = make(4);
  const peer = await stage.peer('a process');
  const there = await peer.make<Barrier>('Barrier', 'attach', barrier.name);
  await there.begin('wait');
  await peer.ping(); // It sleeps, and holds the lock no more.
  expect(barrier.waiting).toBe(1);
  await peer.kill();
  const other = errorOf(() => attach(barrier).wait());
  expect(
    await within(
      LONG_MS,
      errorOf(() => barrier.wait({ timeout: 20 })),
    ),
  ).toMatchObject(BROKEN);
  expect(await within(LONG_MS, other)).toMatchObject(BROKEN);
  expect(barrier.broken).toBe(true);
});

test('one for another number of parties is not taken for it', () => {
  const barrier = make(2);
  const { name } = barrier;
  expect(stage.keep(Barrier.createOrAttach({ name, parties: 2 })).created).toBe(false);
  const attempt = (): unknown => Barrier.createOrAttach({ name, parties: 3 });
  expect(attempt).toThrow(RangeError);
  expect(attempt).toThrow(`barrier '${name}' already exists for 2 parties, not 3`);
});

test('cut short by another program: every call says so', async () => {
  const barrier = make(2);
  truncateSync(`/dev/shm/${barrier.name}.state`, 0);
  const TRUNCATED = { name: 'SharedResourceError', code: 'ERR_SHM_TRUNCATED' };
  for (const call of [
    () => barrier.wait({ timeout: LONG_MS }),
    () => barrier.waitSync({ timeout: LONG_MS }),
    () => barrier.reset(),
    () => barrier.abort(),
    () => barrier.waiting,
    () => barrier.broken,
  ])
    expect(await errorOf(call)).toMatchObject(TRUNCATED);
});
