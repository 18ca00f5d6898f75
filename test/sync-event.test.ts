// Event: a flag that programs wait for.
import { Event, Lock } from 'named-shm';
import { Program } from './support/programs';
import { LONG_MS } from './support/sync-gates';
import { PLACES } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, within } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();

function two(): [Event, Event] {
  const event = stage.keep(Event.create({ name: stage.name() }));
  return [event, stage.keep(Event.attach(event.name))];
}

test('not set at first; set and cleared, in both manners, as often as one likes', async () => {
  const [a, b] = two();
  expect([a.isSet, b.isSet]).toEqual([false, false]);
  for (let round = 0; round < 3; round += 1) {
    a.setSync();
    expect([a.isSet, b.isSet]).toEqual([true, true]);
    await b.set();
    expect([a.isSet, b.isSet]).toEqual([true, true]);
    expect([a.waitSync(), b.waitSync({ timeout: 0 })]).toEqual([true, true]);
    expect([await a.wait(), await b.wait({ timeout: 0 })]).toEqual([true, true]);
    expect(a.isSet).toBe(true);
    await a.clear();
    expect([a.isSet, b.isSet]).toEqual([false, false]);
    b.clearSync();
    expect([a.isSet, b.isSet]).toEqual([false, false]);
    expect([a.waitSync({ timeout: 0 }), await b.wait({ timeout: 0 })]).toEqual([false, false]);
  }
});

test('where nobody else is at it, set and clear are done before they return', async () => {
  const [a, b] = two();
  const setting = a.set();
  expect(b.isSet).toBe(true);
  const clearing = a.clear();
  expect(b.isSet).toBe(false);
  await Promise.all([setting, clearing]);
});

test('set wakes all who wait, in whatever program', async () => {
  const [a, b] = two();
  const waiting: Promise<boolean>[] = [];
  for (const place of PLACES) {
    const peer = await stage.peer(place);
    const there = await peer.make<Event>('Event', 'attach', a.name);
    for (let wait = 0; wait < 3; wait += 1)
      waiting.push((await there.begin('wait', { timeout: LONG_MS })).done);
    const blocked = await stage.peer(place);
    const blocking = await blocked.make<Event>('Event', 'attach', a.name);
    waiting.push((await blocking.begin('waitSync', { timeout: LONG_MS })).done);
  }
  for (const event of [a, b, a, b]) waiting.push(event.wait({ timeout: LONG_MS }));
  await b.set({ timeout: LONG_MS });
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => true));
});

test('set through the object that waits wakes it too', async () => {
  const [a] = two();
  const waiting = a.wait({ timeout: LONG_MS });
  await a.set({ timeout: LONG_MS });
  expect(await waiting).toBe(true);
});

test.each(PLACES)('with %s, back and forth: no wake is lost', async (place) => {
  const [ping] = two();
  const [pong] = two();
  const rounds = 200;
  for (const manner of ['async', 'sync'] as const) {
    const peer = await stage.peer(place);
    const playing = peer
      .at<typeof work>('work')
      .call('answerEvents', ping.name, pong.name, { rounds, manner });
    for (let round = 0; round < rounds; round += 1) {
      await ping.set({ timeout: LONG_MS });
      expect(await pong.wait({ timeout: LONG_MS })).toBe(true);
      await pong.clear();
    }
    expect(await playing).toBe(rounds);
  }
});

test('set and cleared at once: who waited has seen one of both', async () => {
  const [a, b] = two();
  for (let round = 0; round < 100; round += 1) {
    const waiting = a.wait({ timeout: LONG_MS });
    await b.set({ timeout: LONG_MS });
    const clearing = b.clear();
    expect(typeof (await waiting)).toBe('boolean');
    await clearing;
    expect(a.isSet).toBe(false);
  }
});

describe('its lock held by another program, for however long', () => {
  function held(): Event {
    const [a] = two();
    const lock = stage.keep(Lock.attach(`${a.name}.lock`));
    expect(lock.tryAcquire()).toBe(true);
    return a;
  }

  test('timeouts pass', async () => {
    const event = held();
    for (const options of [{ timeout: 0 }, { timeout: 20 }]) {
      expect(await event.wait(options)).toBe(false);
      expect(event.waitSync(options)).toBe(false);
      const timedOut = { name: 'SharedResourceError', code: 'ETIMEDOUT' };
      expect(await errorOf(() => event.set(options))).toMatchObject(timedOut);
      expect(await errorOf(() => event.clear(options))).toMatchObject(timedOut);
      expect(await errorOf(event.setSync.bind(event, options))).toMatchObject(timedOut);
      expect(await errorOf(event.clearSync.bind(event, options))).toMatchObject(timedOut);
    }
    expect(event.isSet).toBe(false);
  });

  test.each(['set', 'clear', 'wait'] as const)(
    '%s ends with its signal, or with close',
    async (member) => {
      const event = held();
      const controller = new AbortController();
      const aborted = errorOf(() => event[member]({ signal: controller.signal }));
      const closed = errorOf(() => event[member]());
      await new Promise(setImmediate);
      const reason = new Error('enough');
      controller.abort(reason);
      expect(await within(LONG_MS, aborted)).toBe(reason);
      event.close();
      expect(await within(LONG_MS, closed)).toMatchObject({ code: 'ERR_SHM_CLOSED' });
    },
  );
});

function partsOf({ name }: Event): Parameters<typeof Event.attach>[0] {
  return Object.fromEntries(
    ['lock', 'sleeping', 'woken', 'wait', 'flag'].map((part) => [part, `/${name}.${part}`]),
  ) as unknown as Parameters<typeof Event.attach>[0];
}

test('attached by the names of its parts, as another program has them', async () => {
  const [a] = two();
  const b = stage.keep(Event.attach(partsOf(a)));
  expect(b).toMatchObject({ name: `${a.name}.lock`, created: false });
  const waiting = b.wait({ timeout: LONG_MS });
  await a.set({ timeout: LONG_MS });
  expect(await waiting).toBe(true);
  expect(b.isSet).toBe(true);
});

test('attached so, unlink removes all its parts', () => {
  const [a] = two();
  stage.keep(Event.attach(partsOf(a))).unlink();
  expect(stage.present()).toEqual([]);
});

test('is set also while a program that looks, as Python does, is held up in the middle of it', async () => {
  const name = stage.name();
  using event = Event.create({ name });
  event.setSync();
  const looks = `
    const { Lock, Semaphore } = require('named-shm');
    const [lock, flag] = [Lock.attach('${name}.lock'), Semaphore.attach('${name}.flag')];
    lock.acquireSync();
    flag.acquireSync();
    require('node:fs').writeSync(1, 'taken\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    flag.release();
    lock.release();`;
  await using program = new Program(process.execPath, ['-e', looks]);
  await program.line();
  expect(event.isSet).toBe(true);
  expect((await program.exit).code).toBe(0);
});
