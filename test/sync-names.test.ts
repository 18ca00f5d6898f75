// Creating, attaching and unlinking by name: who is first, what is missing, what is ours.
import { spawnSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { Barrier, Lock, RwLock, Semaphore, SharedMemory, SharedResourceError } from 'named-shm';
import { type Gate } from './support/sync-gates';
import { CLASSES, KINDS } from './support/sync-kinds';
import { use } from './support/sync-members';
import { useStage } from './support/sync-stage';
import { errorOf, expectWhole } from './support/sync-whole';

const stage = useStage();

function fileOf(part: string): string {
  return `/dev/shm/${part}`;
}

describe.each(CLASSES)('$label', (kind) => {
  test('create: its names stand in shared memory, for its owner alone', () => {
    const name = stage.name();
    const gate = stage.keep(kind.create({ name }));
    expect(gate).toMatchObject({ name, created: true, closed: false });
    expect(stage.present().sort()).toEqual(kind.parts(name).sort());
    expect(kind.parts(`/${name}`)).not.toEqual(kind.parts(name));
    expect(stage.keep(kind.attach(`/${name}`))).toMatchObject({ name, created: false });
  });

  test('create without a name draws one', () => {
    const gate = stage.keep(kind.create());
    expect(gate.name).toMatch(/^nshm_[0-9a-f]{8}$/);
    expect(stage.keep(kind.attach(gate.name)).name).toBe(gate.name);
  });

  test('create where the name is taken: EEXIST, and what is there stays as it is', async () => {
    const [a, b] = stage.two(kind);
    for (const track of [true, false]) {
      const error = await errorOf(() => kind.create({ name: a.name, track }));
      expect(error).toBeInstanceOf(SharedResourceError);
      expect(error).toMatchObject({ code: 'EEXIST' });
    }
    expect(stage.present().sort()).toEqual(kind.parts(a.name).sort());
    await expectWhole(kind, a, b);
  });

  test('create where one of its names is taken: EEXIST, and none of the others stays', async () => {
    for (const part of kind.parts(stage.name())) {
      for (const track of [true, false]) {
        const isSemaphore = part.startsWith('sem.');
        const taken = part.replace(/^sem\./, '');
        const foreign = isSemaphore
          ? Semaphore.create({ name: taken })
          : SharedMemory.create({ name: taken, size: 1 });
        const name = taken.replace(/\.[a-z]+$/, '');
        const error = await errorOf(() => kind.create({ name, track }));
        expect(error).toMatchObject({ code: 'EEXIST', path: `/${taken}` });
        expect(stage.present()).toEqual([part]);
        foreign[Symbol.dispose]();
      }
    }
  });

  test('attach and unlink what is not there: ENOENT', async () => {
    const name = stage.name();
    for (const action of [() => kind.attach(name), () => kind.unlink(name)] as const) {
      const error = await errorOf(action);
      expect(error).toBeInstanceOf(SharedResourceError);
      expect(error).toMatchObject({ code: 'ENOENT', errno: -2 });
      expect(error).toHaveProperty('path', expect.stringContaining(`/${name}`));
    }
  });

  test('attach where one of its names is missing: ENOENT, and nothing is removed', async () => {
    const name = stage.name();
    for (const part of kind.parts(name)) {
      const gate = stage.keep(kind.create({ name }));
      rmSync(fileOf(part));
      const others = kind.parts(name).filter((other) => other !== part);
      expect(await errorOf(() => kind.attach(name))).toMatchObject({ code: 'ENOENT' });
      expect(stage.present().sort()).toEqual(others.sort());
      gate[Symbol.dispose]();
      expect(stage.present()).toEqual([]);
    }
  });

  test('createOrAttach: created says who made it; both are the same thing', async () => {
    const name = stage.name();
    const a = stage.keep(kind.createOrAttach({ name }));
    const b = stage.keep(kind.createOrAttach({ name }));
    expect([a.created, b.created]).toEqual([true, false]);
    await expectWhole(kind, a, b);
    b[Symbol.dispose]();
    expect(stage.present().sort()).toEqual(kind.parts(name).sort());
    a[Symbol.dispose]();
    expect(stage.present()).toEqual([]);
    const c = stage.keep(kind.createOrAttach({ name }));
    expect(c.created).toBe(true);
    expect(await errorOf(() => kind.createOrAttach({} as { name: string }))).toMatchObject({
      code: 'ERR_SHM_NAME',
    });
  });

  test('leaving its scope: the creator’s names are gone, unless it does not track them', () => {
    const name = stage.name();
    const a = kind.create({ name });
    stage.keep(kind.attach(name))[Symbol.dispose]();
    expect(stage.present().sort()).toEqual(kind.parts(name).sort());
    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expect(a.closed).toBe(true);
    expect(stage.present()).toEqual([]);
    kind.create({ name, track: false })[Symbol.dispose]();
    expect(stage.present().sort()).toEqual(kind.parts(name).sort());
    kind.unlink(name);
    expect(stage.present()).toEqual([]);
  });

  test('leaving its scope does not remove what another program made under the name', () => {
    const name = stage.name();
    const a = kind.create({ name });
    for (const part of kind.parts(name)) rmSync(fileOf(part));
    const other = stage.keep(kind.create({ name: stage.name(), track: false }));
    const theirs = kind.parts(other.name);
    for (const [index, part] of kind.parts(name).entries())
      renameSync(fileOf(theirs[index] as string), fileOf(part));
    a[Symbol.dispose]();
    expect(stage.present().sort()).toEqual(kind.parts(name).sort());
    kind.unlink(name);
  });
});

describe.each(KINDS)('$label', (kind) => {
  test('unlinked while it is shut: who has it goes on, the name is free', async () => {
    for (const byHandle of [true, false]) {
      const unlink = (gate: Gate): unknown =>
        byHandle ? use(gate, 'unlink', []) : kind.unlink(gate.name);
      const [a, b] = stage.two(kind);
      expect(b.shut()).toBe(true);
      const passing = a.pass();
      const opening = kind.label === 'Condition' ? b.open() : undefined; // It opens by names.
      await new Promise(setImmediate);
      unlink(b);
      expect(stage.present()).toEqual([]);
      expect(await errorOf(() => kind.attach(a.name))).toMatchObject({ code: 'ENOENT' });
      expect(await errorOf(() => unlink(a))).toMatchObject({ code: 'ENOENT' });
      const another = stage.keep(kind.create({ name: a.name }));
      if (kind.staysOpen) {
        expect(another.shut()).toBe(true);
        await another.open();
        expect(another.tryPass()).toBe(true);
        another.leave();
      }
      await (opening ?? b.open());
      expect(await passing).toBe(true);
      a.leave();
      another[Symbol.dispose]();
      expect(stage.present()).toEqual([]);
    }
  });
});

describe('no permission', () => {
  test.each(CLASSES)('$label: EACCES', (kind) => {
    const gate = stage.keep(kind.create({ name: stage.name() }));
    for (const part of kind.parts(gate.name)) chmodSync(fileOf(part), 0);
    const program = `
      const named = require('named-shm');
      try { named.${kind.label.replace(/,.*/, '')}.attach('${gate.name}'); }
      catch (error) { console.log(error.code); }`;
    const { stdout } = spawnSync(process.execPath, ['-e', program], {
      ...(userInfo().uid === 0 ? { uid: 65_534 } : {}), // Root may open everything.
      env: { ...process.env, NAMED_SHM_JOURNAL_DIR: '' },
      encoding: 'utf8',
    });
    expect(stdout).toBe('EACCES\n');
  });
});

test('two classes under one name: each is its own where the system keeps them apart', () => {
  const name = stage.name();
  const lock = stage.keep(Lock.create({ name }));
  const rw = stage.keep(RwLock.create({ name }));
  const barrier = stage.keep(Barrier.create({ name, parties: 1 }));
  expect(lock.tryAcquire()).toBe(true);
  expect(rw.tryAcquireWrite().acquired).toBe(true);
  expect(barrier.waitSync()).toBe(0);
});

test('a folder under the name: an error, and the folder stays', async () => {
  const name = stage.name();
  for (const kind of CLASSES) {
    const folders = kind.parts(name).map(fileOf);
    for (const folder of folders) mkdirSync(folder);
    const error = await errorOf(() => kind.attach(name));
    expect(['EINVAL', 'EISDIR', 'EACCES', 'ENXIO', 'ERR_SHM_CORRUPT']).toContain(error.code);
    expect(stage.present()).toHaveLength(folders.length);
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
});
