// What all primitives promise between programs, and between Workers.
import { SharedMemory } from 'named-shm';
import { rounds as scaled } from './support/slowness';
import { LONG_MS } from './support/sync-gates';
import { EXCLUSIVE, KINDS, LOCKS } from './support/sync-kinds';
import { Peer, PLACES, type Place } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';
import type * as work from './support/sync-work';

const stage = useStage();
const peers = new Map<Place, Peer>();

beforeAll(async () => {
  for (const place of PLACES) peers.set(place, await Peer.start(place));
});
afterAll(async () => {
  for (const peer of peers.values()) await peer[Symbol.asyncDispose]();
});

function peerIn(place: Place): Peer {
  return peers.get(place) as Peer;
}

describe.each(PLACES)('with %s', (place) => {
  describe.each(KINDS)('$label', (kind) => {
    test('shut here: it waits there until it is opened here', async () => {
      const [a, b] = stage.two(kind);
      const there = await peerIn(place).makeGate(kind.label, 'attach', a.name);
      for (const manner of ['pass', 'passSync'] as const) {
        expect(a.shut()).toBe(true);
        if (kind.staysOpen) expect(await there.call('tryPass')).toBe(false);
        const { done } = await there.begin(manner, { timeout: LONG_MS });
        await a.open();
        expect(await done).toBe(true);
        await there.call('leave');
      }
      await there.call('close');
      await expectWhole(kind, a, b);
    });

    test('shut there: it waits here until it is opened there', async () => {
      const [a, b] = stage.two(kind);
      const there = await peerIn(place).makeGate(kind.label, 'attach', a.name);
      for (const manner of ['pass', 'passSync'] as const) {
        expect(await there.call('shut')).toBe(true);
        if (kind.staysOpen) expect(a.tryPass()).toBe(false);
        const opening = there.call('open');
        expect(await a[manner]({ timeout: LONG_MS })).toBe(true);
        await opening;
        a.leave();
      }
      await there.call('close');
      await expectWhole(kind, a, b);
    });

    test('shut here: a timeout passes there', async () => {
      const [a, b] = stage.two(kind);
      const there = await peerIn(place).makeGate(kind.label, 'attach', a.name);
      for (const manner of ['pass', 'passSync'] as const) {
        expect(a.shut()).toBe(true);
        expect(await there.call(manner, { timeout: 20 })).toBe(false);
        if (kind.staysOpen) await a.open();
      }
      await there.call('close');
      await expectWhole(kind, a, b);
    });

    test('closed here while it waits there and here: only the waits here end', async () => {
      const [a, b] = stage.two(kind);
      const there = await peerIn(place).makeGate(kind.label, 'attach', a.name);
      expect(b.shut()).toBe(true);
      const { done } = await there.begin('pass', { timeout: LONG_MS });
      await peerIn(place).ping(); // It waits.
      // Of the two that Barrier's parties are, the other one waits there.
      const here = kind.label === 'Barrier' ? undefined : errorOf(() => a.pass());
      a.close();
      if (here) expect(await here).toMatchObject({ code: 'ERR_SHM_CLOSED' });
      await b.open();
      expect(await done).toBe(true);
      await there.call('leave');
      await there.call('close');
      await expectWhole(kind, stage.keep(kind.attach(b.name)), b);
    });

    test('createOrAttach: who is first creates', async () => {
      const there = await peerIn(place).makeGate(kind.label, 'createOrAttach', {
        name: stage.name(),
      });
      const name = await there.call('name');
      expect(await there.call('created')).toBe(true);
      const here = stage.keep(kind.createOrAttach({ name }));
      expect(here.created).toBe(false);
      expect(stage.present().sort()).toEqual(kind.parts(name).sort());
      here[Symbol.dispose]();
      expect(stage.present().sort()).toEqual(kind.parts(name).sort());
      await there.call('unlink');
      await there.call('close'); // On Windows the names go with that.
      expect(stage.present()).toEqual([]);
    });
  });

  describe.each(LOCKS.filter(({ anyoneLeaves }) => !anyoneLeaves))('$label', (kind) => {
    test('held here: it is not given back there', async () => {
      const [a, b] = stage.two(kind);
      const there = await peerIn(place).makeGate(kind.label, 'attach', a.name);
      expect(a.tryPass()).toBe(true);
      expect(await errorOf(() => there.call('leave'))).toMatchObject({
        code: 'ERR_SHM_NOT_OWNER',
        name: 'TypeError',
      });
      expect(b.shut()).toBe(false);
      a.leave();
      await there.call('close');
      await expectWhole(kind, a, b);
    });
  });
});

describe.each(EXCLUSIVE)('$label', (kind) => {
  test('two programs and a Worker count, in every manner, without losing any', async () => {
    const [a, b] = stage.two(kind);
    const shm = stage.keep(SharedMemory.create({ name: stage.name(), size: 8 }));
    const words = shm.view('int32', 0, 2);
    const rounds = scaled(300);
    const others = [...peers.values(), await stage.peer('a process')].map((peer) =>
      peer.at<typeof work>('work'),
    );
    const counting = others.flatMap((other) =>
      (['async', 'try'] as const).map((manner) =>
        other.call('count', kind.label, a.name, { segment: shm.name, rounds, manner }),
      ),
    );
    expect(await Promise.all(counting)).toEqual(counting.map(() => 0));
    const blocking = others.map((other) =>
      other.call('count', kind.label, a.name, { segment: shm.name, rounds, manner: 'sync' }),
    );
    expect(await Promise.all(blocking)).toEqual(blocking.map(() => 0));
    expect([...words]).toEqual(Array(2).fill(rounds * (counting.length + blocking.length)));
    await expectWhole(kind, a, b);
  });
});
