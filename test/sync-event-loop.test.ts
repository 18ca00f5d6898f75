// Waiting that is awaited: it scales, costs nothing, and is nobody else's trouble.
import { type Gate, LONG_MS } from './support/sync-gates';
import { KINDS } from './support/sync-kinds';
import { startChild } from './support/programs';
import { rounds } from './support/slowness';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';

const stage = useStage();

const WAITS = rounds(1000);
const OPENED = KINDS.filter(({ staysOpen }) => staysOpen);

function start(...args: readonly string[]): ReturnType<typeof startChild> {
  return stage.keepRunning(
    startChild('sync-event-loop', args, { env: { UV_THREADPOOL_SIZE: '1' } }),
  );
}

describe.each(KINDS)('$label', (kind) => {
  test('a wait keeps its program alive until it has passed, and then no longer', async () => {
    const gate = stage.keep(kind.create({ name: stage.name() }));
    expect(gate.shut()).toBe(true);
    const child = start('wait', kind.label, gate.name);
    expect(await child.line()).toBe('still here');
    await gate.open();
    expect(await child.line()).toBe('true');
    expect(await child.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  });
});

describe.each(OPENED)('$label', (kind) => {
  test(`${WAITS} waits of one program: all of them pass`, async () => {
    const a = stage.keep(kind.create({ name: stage.name(), maxReaders: WAITS + 1 }));
    const b = stage.keep(kind.attach(a.name));
    expect(b.shut()).toBe(true);
    let passed = 0;
    const passing = Array.from({ length: WAITS }, async () => {
      expect(await a.pass({ timeout: LONG_MS })).toBe(true);
      passed += 1;
      a.leave();
    });
    await new Promise(setImmediate);
    expect(passed).toBe(0);
    await b.open();
    await Promise.all(passing);
    expect(passed).toBe(WAITS);
    await expectWhole(kind, a, b);
  });

  test(`${WAITS} waits of one program: all of them end with an abort`, async () => {
    const [a, b] = stage.two(kind);
    expect(b.shut()).toBe(true);
    const controller = new AbortController();
    const { signal } = controller;
    const ending = Array.from({ length: WAITS }, () => errorOf(() => a.pass({ signal })));
    await new Promise(setImmediate);
    controller.abort();
    expect(new Set((await Promise.all(ending)).map(({ name }) => name))).toEqual(
      new Set(['AbortError']),
    );
    await b.open();
    await expectWhole(kind, a, b);
  });
});

test('waits that have ended, in whatever way, keep no program alive', async () => {
  const child = start('end');
  expect(await child.line()).toBe('nothing left to wait for');
  expect(await child.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('64 waits on each gate for a second: hardly any of the processor’s time', async () => {
  const child = start('idle');
  expect(Number(await child.line())).toBeLessThan(300);
  expect(await child.exit).toMatchObject({ code: 0, stderr: '' });
});

test('64 waits leave libuv’s only thread to fs, zlib and dns', async () => {
  const child = start('pool');
  const [before, pending, ...done] = JSON.parse(await child.line()) as unknown[];
  expect(before).toBeGreaterThanOrEqual(64);
  expect([pending, ...done]).toEqual([before, true, true]);
  expect(await child.line()).toBe('true');
  expect(await child.exit).toMatchObject({ code: 0, stderr: '' });
});

test(`${WAITS} waits on as many gates`, async () => {
  const kind = KINDS[0] as (typeof KINDS)[number];
  const gates: Gate[] = Array.from({ length: WAITS }, () => stage.keep(kind.create()));
  for (const gate of gates) expect(gate.shut()).toBe(true);
  const passing = gates.map((gate) => gate.pass({ timeout: LONG_MS }));
  await new Promise(setImmediate);
  for (const gate of gates) await gate.open();
  expect((await Promise.all(passing)).every(Boolean)).toBe(true);
});
