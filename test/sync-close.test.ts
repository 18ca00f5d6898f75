// After close() nothing works and nothing is lost, whatever was under way.
import { LONG_MS } from './support/sync-gates';
import { KINDS } from './support/sync-kinds';
import { MEMBERS, refusable, use } from './support/sync-members';
import { useStage } from './support/sync-stage';
import { Dice, errorOf, expectWhole, within } from './support/sync-whole';

const stage = useStage();
const ROUNDS = 100;

describe.each(MEMBERS)('$label, closed', ({ label, make, members }) => {
  test('each member says ERR_SHM_CLOSED, promised ones by rejecting', async () => {
    const thing = stage.keep(make({ name: stage.name() }));
    thing.close();
    for (const [member, args] of Object.entries(members)) {
      const promised = args && !/Sync$|^try|^release|^mark/.test(member);
      const error = await errorOf(() => {
        const answer = use(thing, member, args);
        expect(answer instanceof Promise).toBe(promised);
        return answer;
      });
      expect([member, error]).toEqual([member, expect.objectContaining({ name: 'TypeError' })]);
      expect(error).toMatchObject({ code: 'ERR_SHM_CLOSED' });
      expect(error.message).toContain(thing.name);
    }
  });

  test('the table has each of its members', () => {
    const thing = stage.keep(make({ name: stage.name() }));
    const own = label === 'Mutex' || label === 'RwLock' ? ['take', 'wait', 'waitSync'] : []; // Internal.
    expect(refusable(thing).sort()).toEqual([...Object.keys(members), ...own].sort());
  });

  test('closed says so, a second close does nothing, name and unlink go on', () => {
    const thing = stage.keep(make({ name: stage.name() }));
    const { name } = thing;
    expect(thing.closed).toBe(false);
    thing.close();
    thing.close();
    expect(thing.closed).toBe(true);
    expect(thing.name).toBe(name);
    expect(thing.created).toBe(true);
    expect(stage.present()).not.toEqual([]);
    thing.unlink();
    expect(stage.present()).toEqual([]);
  });
});

describe.each(KINDS)('$label', (kind) => {
  // Of a barrier, two of them would pass. A condition's lock lets in who has it already.
  const many = kind.staysOpen ? 32 : 1;

  test('close: the waits under way are rejected, others go on', async () => {
    const [a, b] = stage.two(kind);
    const c = stage.keep(kind.attach(a.name));
    expect(b.shut()).toBe(true);
    const ending = Array.from({ length: many }, () => errorOf(() => a.pass()));
    await new Promise(setImmediate);
    const began = performance.now();
    a.close();
    for (const error of await within(LONG_MS, Promise.all(ending)))
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_SHM_CLOSED' });
    expect(performance.now() - began).toBeLessThan(900);
    if (kind.staysOpen) await b.open();
    await expectWhole(kind, c, b);
  });

  test('leaving the scope of its creator: as close, and the names are gone', async () => {
    const [a, b] = stage.two(kind);
    const c = stage.keep(kind.attach(a.name));
    expect(b.shut()).toBe(true);
    const ending = errorOf(() => a.pass());
    await new Promise(setImmediate);
    a[Symbol.dispose]();
    expect(await within(LONG_MS, ending)).toMatchObject({ code: 'ERR_SHM_CLOSED' });
    expect(stage.present()).toEqual([]);
    if (kind.staysOpen) await b.open();
    if (kind.label !== 'Condition') await expectWhole(kind, c, b); // That opens by names.
  });

  test(`closed ${ROUNDS} times at the moment that it opens: passed, or nothing was lost`, async () => {
    const [b, c] = stage.two(kind);
    const dice = new Dice();
    for (let round = 0; round < ROUNDS; round += 1) {
      expect([dice.seed, b.shut()]).toEqual([dice.seed, true]);
      const a = kind.attach(b.name);
      const passing = a.pass().then(a.leave, (error: unknown) => {
        expect(error).toMatchObject({ code: 'ERR_SHM_CLOSED' });
      });
      const close = (): Promise<void> => {
        a.close();
        return Promise.resolve();
      };
      const deeds = [b.openAnyway, close];
      if (dice.under(2) < 1) deeds.reverse();
      const done: Promise<void>[] = [];
      for (const deed of deeds) {
        if (dice.under(2) < 1) await new Promise(setImmediate);
        done.push(deed());
        for (const end = performance.now() + dice.under(0.3); performance.now() < end;);
      }
      await within(LONG_MS, Promise.all([passing, ...done]));
    }
    await expectWhole(kind, b, c);
  });
});
