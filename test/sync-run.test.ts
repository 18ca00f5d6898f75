// run(fn) holds while fn runs, and releases however that ends.
import { type Gate, LONG_MS } from './support/sync-gates';
import { LOCKS, type RunnableKind } from './support/sync-kinds';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';

const stage = useStage();

function two(kind: RunnableKind): [ReturnType<RunnableKind['create']>, Gate] {
  const a = stage.keep(kind.create({ name: stage.name() }));
  return [a, stage.keep(kind.attach(a.name))];
}

describe.each(LOCKS)('$label', (kind) => {
  test('its value is what fn returns, now or later', async () => {
    const [a, b] = two(kind);
    expect(await a.run(() => 5)).toBe(5);
    expect(await a.run(() => Promise.resolve('later'))).toBe('later');
    await expectWhole(kind, a, b);
  });

  test('it is held until fn has ended, and no longer', async () => {
    const [a, b] = two(kind);
    let end = (): void => undefined;
    const running = a.run(() => {
      expect(b.shut()).toBe(false);
      return new Promise<void>((resolve) => (end = resolve));
    });
    await new Promise(setImmediate);
    expect(b.shut()).toBe(false);
    end();
    await running;
    expect(b.shut()).toBe(true);
    await b.open();
    await expectWhole(kind, a, b);
  });

  test('fn throws, or rejects: so does run, and it is released', async () => {
    const [a, b] = two(kind);
    const fault = new Error('of fn');
    for (const fn of [
      () => {
        throw fault;
      },
      () => Promise.reject(fault),
      async () => {
        await new Promise(setImmediate);
        throw fault;
      },
    ]) {
      expect(await errorOf(() => a.run(fn))).toBe(fault);
      await expectWhole(kind, a, b);
    }
  });

  test('what is no function: a TypeError, and nothing stays held', async () => {
    const [a, b] = two(kind);
    for (const fn of [undefined, null, 5, {}] as unknown as (() => void)[])
      expect((await errorOf(() => a.run(fn))).name).toBe('TypeError');
    await expectWhole(kind, a, b);
  });

  test('it does not become free: ETIMEDOUT, or the reason, and fn is not called', async () => {
    const [a, b] = two(kind);
    const reason = new Error('enough');
    const fn = jest.fn();
    expect(b.shut()).toBe(true);
    for (const timeout of [0, 10]) {
      expect(await errorOf(() => a.run(fn, { timeout }))).toMatchObject({
        name: 'SharedResourceError',
        code: 'ETIMEDOUT',
        path: expect.stringContaining(a.name) as unknown,
      });
    }
    const controller = new AbortController();
    const running = errorOf(() => a.run(fn, { signal: controller.signal }));
    controller.abort(reason);
    expect(await running).toBe(reason);
    expect(await errorOf(() => a.run(fn, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(fn).not.toHaveBeenCalled();
    await b.open();
    await expectWhole(kind, a, b);
  });

  test('its signal aborts while fn runs: fn goes on, and then it is released', async () => {
    const [a, b] = two(kind);
    const controller = new AbortController();
    const value = await a.run(
      async () => {
        controller.abort();
        await new Promise(setImmediate);
        expect(b.shut()).toBe(false);
        return 'whole';
      },
      { signal: controller.signal },
    );
    expect(value).toBe('whole');
    await expectWhole(kind, a, b);
  });

  test('one after the other, in the order that it becomes free', async () => {
    const [a, b] = two(kind);
    const gates = Array.from({ length: 10 }, () => stage.keep(kind.attach(a.name)));
    let inside = 0;
    let most = 0;
    await Promise.all(
      gates.map((gate) =>
        gate.run(
          async () => {
            most = Math.max(most, (inside += 1));
            await new Promise(setImmediate);
            inside -= 1;
          },
          { timeout: LONG_MS },
        ),
      ),
    );
    if (kind.excludes) expect(most).toBe(1);
    await expectWhole(kind, a, b);
  });

  test('closed while fn runs: held until it has ended, and then released', async () => {
    const [a, b] = two(kind);
    const value = await a.run(async () => {
      a.close();
      await new Promise(setImmediate);
      expect(b.shut()).toBe(false);
      return 5;
    });
    expect(value).toBe(5);
    await expectWhole(kind, b, stage.keep(kind.attach(a.name)));
  });

  test('fn closes, and throws: its error is the one that is heard of', async () => {
    const [a, b] = two(kind);
    const fault = new Error('of fn');
    const running = a.run(() => {
      a.close();
      throw fault;
    });
    expect(await errorOf(() => running)).toBe(fault);
    await expectWhole(kind, b, stage.keep(kind.attach(a.name)));
  });
});
