// What is Windows' own. Runs there alone: `npm run test:win`.
import * as fs from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  Lock,
  MappedFile,
  Mutex,
  RwLock,
  Semaphore,
  ShareableList,
  SharedMemory,
  type WasmMemory,
} from 'named-shm';
import { binding } from '../dist/binding';
import { failsWith } from './support/failures';
import { collectGarbage } from './support/garbage';
import { startChild } from './support/programs';
import { LONG_MS } from './support/sync-gates';
import { useStage } from './support/sync-stage';

const PAGE = 4096;
const DEADLINE_MS = 240_000;

const stage = useStage();

describe('sizes', () => {
  test.each([1, 100, 4095, 4096, 4097, 1_000_003])(
    'of %i bytes: who creates has them exactly, who attaches has whole pages',
    (size) => {
      using shm = SharedMemory.create({ size });
      using other = SharedMemory.attach(shm.name);
      using reader = SharedMemory.attach(shm.name, { readOnly: true });
      const pages = Math.ceil(size / PAGE) * PAGE;
      expect([shm.size, shm.buf.length]).toEqual([size, size]);
      expect([other.size, reader.size]).toEqual([pages, pages]);
      other.buf[size - 1] = 7;
      expect(shm.buf[size - 1]).toBe(7);
    },
  );

  test('more than memory and page file hold is an error, and no crash later', () => {
    expect(() => SharedMemory.create({ size: Number.MAX_SAFE_INTEGER })).toThrow(
      expect.objectContaining({ name: 'SharedResourceError', syscall: 'CreateFileMapping' }),
    );
  });
});

describe('names', () => {
  test('are given to the system as they are, in UTF-16', () => {
    using shm = SharedMemory.create({ name: stage.name() + ' Größe 🎉', size: 10 });
    using other = SharedMemory.attach(shm.name);
    shm.buf[0] = 1;
    expect(other.buf[0]).toBe(1);
    expect(SharedMemory.list().map(({ name }) => name)).toContain(shm.name);
  });

  test('are one for all sessions after "Global\\", and as without it after "Local\\"', () => {
    const name = stage.name();
    using own = SharedMemory.create({ name, size: 1 });
    own.buf[0] = 1;
    using local = SharedMemory.attach(`Local\\${name}`);
    expect(local.buf[0]).toBe(1);
    using global = SharedMemory.create({ name: `Global\\${name}`, size: 1 });
    using mutex = Mutex.create({ name: `Global\\${name}.mutex` });
    using attached = SharedMemory.attach(`Global\\${name}`);
    global.buf[0] = 2;
    expect([own.buf[0], attached.buf[0]]).toEqual([1, 2]);
    expect(mutex.tryAcquire()).toEqual({ acquired: true, ownerDied: false });
    mutex.release();
  });

  test.each(['a\\b', 'Other\\a', 'Global\\a\\b', '\\a'])('%p is refused', (name) => {
    expect(() => SharedMemory.create({ name, size: 1 })).toThrow(failsWith('ERR_SHM_NAME'));
  });

  test('of a segment and of a semaphore may be the same', () => {
    const name = stage.name();
    using shm = SharedMemory.create({ name, size: 10 });
    using lock = Lock.create({ name });
    expect([shm.name, lock.name]).toEqual([name, name]);
    expect(() => SharedMemory.create({ name: `sem.${name}`, size: 1 })).toThrow(
      failsWith('ERR_SHM_NAME'),
    );
  });

  test('of another kind of object are taken, and can’t be attached to', () => {
    const name = stage.name();
    using semaphore = Semaphore.create({ name });
    const object = `sem.${semaphore.name}`;
    expect(binding.createSegment(object, 1, 0, true, false, undefined)).toMatchObject({
      code: 'EEXIST',
    });
    expect(binding.attachSegment(object, false)).toMatchObject({ code: 'EINVAL' });
  });
});

describe('a name goes with its last handle', () => {
  test('close() of the only one ends it, and a new segment is none of the old one’s', () => {
    const name = stage.name();
    const old = SharedMemory.create({ name, size: 10, track: false });
    const view = old.view('uint8');
    view[0] = 1;
    old.close();
    expect(() => SharedMemory.attach(name)).toThrow(failsWith('ENOENT'));
    using fresh = SharedMemory.create({ name, size: 10 });
    expect(fresh.buf[0]).toBe(0);
    // Still mapped, for whoever uses it, until it is collected.
    view[1] = 2;
    expect([view[0], view[1], fresh.buf[1]]).toEqual([1, 2, 0]);
  });

  test('an attacher keeps it, and unlink does nothing, as in CPython', () => {
    const shm = SharedMemory.create({ name: stage.name(), size: 10 });
    using other = SharedMemory.attach(shm.name);
    shm.buf[0] = 5;
    shm.unlink();
    shm[Symbol.dispose]();
    using again = SharedMemory.attach(shm.name);
    expect([again.buf[0], other.closed]).toEqual([5, false]);
    expect(() => {
      SharedMemory.unlink('nobody-has-made-this');
    }).not.toThrow();
  });

  test('a process that is killed takes its own with it, and nobody else’s', async () => {
    const peer = await stage.peer('a process');
    const [own, shared] = [stage.name(), stage.name()];
    await peer.make('SharedMemory', 'create', { name: own, size: 10 });
    await peer.make('Semaphore', 'create', { name: own });
    await peer.make('SharedMemory', 'create', { name: shared, size: 10 });
    using kept = SharedMemory.attach(shared);
    await peer.kill();
    expect(() => SharedMemory.attach(own)).toThrow(failsWith('ENOENT'));
    expect(() => Semaphore.attach(own)).toThrow(failsWith('ENOENT'));
    using again = SharedMemory.attach(kept.name);
    expect(again.size).toBe(PAGE);
  });

  test('the list has what is there, its pages, and nothing that is gone', () => {
    const shm = SharedMemory.create({ name: stage.name(), size: 100 });
    expect(SharedMemory.list().filter(({ name }) => name === shm.name)).toEqual([
      { name: shm.name, size: PAGE, mode: 0o600, uid: -1, modified: new Date(0) },
    ]);
    shm.close();
    expect(SharedMemory.list().filter(({ name }) => name === shm.name)).toEqual([]);
  });
});

describe('two programs', () => {
  test('share a list', async () => {
    using list = ShareableList.create([42, 'text', null]);
    const peer = await stage.peer('a process');
    const theirs = await peer.make<ShareableList>('ShareableList', 'attach', list.name);
    expect(await theirs.call('get', 1)).toBe('text');
    await theirs.call('set', 0, 43);
    expect(list.get(0)).toBe(43);
  });

  test('share a lock: what one gives back the other gets', async () => {
    using lock = Lock.create();
    const peer = await stage.peer('a process');
    const theirs = await peer.make<Lock>('Lock', 'attach', lock.name);
    expect(lock.tryAcquire()).toBe(true);
    expect(await theirs.call('tryAcquire')).toBe(false);
    const waiting = await theirs.begin('acquireSync', { timeout: LONG_MS });
    lock.release();
    expect(await waiting.done).toBe(true);
    const back = lock.acquire({ timeout: LONG_MS });
    await theirs.call('release');
    expect(await back).toBe(true);
    lock.release();
  });

  test('share a mutex, whose owner is killed: the next one is told', async () => {
    using mutex = Mutex.create();
    const peer = await stage.peer('a process');
    const theirs = await peer.make<Mutex>('Mutex', 'attach', mutex.name);
    expect(await theirs.call('tryAcquire')).toEqual({ acquired: true, ownerDied: false });
    expect(mutex.tryAcquire()).toEqual({ acquired: false, ownerDied: false });
    const waiting = mutex.acquire({ timeout: LONG_MS });
    await peer.kill();
    expect(await waiting).toEqual({ acquired: true, ownerDied: true });
    mutex.markConsistent();
    mutex.release();
    expect(mutex.tryAcquire()).toEqual({ acquired: true, ownerDied: false });
    mutex.release();
  });

  test('share a reader-writer lock, whose reader is killed: a writer gets in', async () => {
    using lock = RwLock.create();
    const peer = await stage.peer('a process');
    const theirs = await peer.make<RwLock>('RwLock', 'attach', lock.name);
    expect(await theirs.call('tryAcquireRead')).toMatchObject({ acquired: true });
    expect(lock.tryAcquireWrite()).toMatchObject({ acquired: false });
    await peer.kill();
    expect(lock.tryAcquireWrite()).toMatchObject({ acquired: true });
    lock.releaseWrite();
  });

  test.each(['Mutex', 'Lock'])('count under a %s, and lose nothing', async (label) => {
    using segment = SharedMemory.create({ size: 8 });
    using gate = label === 'Mutex' ? Mutex.create() : Lock.create();
    const peers = [await stage.peer('a process'), await stage.peer('a process')];
    const work = { segment: segment.name, rounds: 2000 };
    const manners = ['sync', 'async'];
    const intrusions = await Promise.all(
      peers.map((peer, i) => {
        const args = [label, gate.name, { ...work, manner: manners[i] }];
        return peer.order<number>('work', 'count', args).done;
      }),
    );
    expect(intrusions).toEqual([0, 0]);
    expect([...segment.view('int32')]).toEqual([4000, 4000]);
  });
});

test('no segment is mapped into a WebAssembly memory: a typed error says so', () => {
  using shm = SharedMemory.create({ size: 65_536 });
  const { WebAssembly } = globalThis as unknown as {
    readonly WebAssembly: { readonly Memory: new (options: object) => WasmMemory };
  };
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  const before = memory.buffer.byteLength;
  expect(() => shm.mapInto(memory, 65_536)).toThrow(failsWith('ERR_SHM_UNSUPPORTED'));
  expect(() => shm.mapInto(memory, 65_536)).toThrow(/copy it there/);
  expect(memory.buffer.byteLength).toBe(before);
});

test('read-only: writes stay in this view, and kill nobody', () => {
  using shm = SharedMemory.create({ size: 3 * PAGE });
  using reader = SharedMemory.attach(shm.name, { readOnly: true });
  shm.buf[PAGE] = 1;
  reader.buf.fill(9, 0, 10);
  shm.buf[2 * PAGE] = 2;
  expect([reader.buf[PAGE], reader.buf[2 * PAGE], reader.buf[0]]).toEqual([1, 2, 9]);
  expect(shm.buf.subarray(0, 10).equals(Buffer.alloc(10))).toBe(true);
});

test(
  'use after close, in jobs of Node’s own too, crashes nobody',
  async () => {
    const options = { nodeArgs: ['--expose-gc'], deadlineMs: DEADLINE_MS };
    const exit = await startChild('close-in-flight', ['rounds', '1000'], options).exit;
    expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    const { inFlight } = JSON.parse(exit.stdout) as { inFlight: number };
    expect(inFlight).toBeGreaterThan(1000);
  },
  DEADLINE_MS,
);

describe('a mapped file', () => {
  let folder: string;
  beforeEach(() => (folder = fs.mkdtempSync(path.join(tmpdir(), 'named-shm-file-'))));
  // Fails where a handle or a view of a file in it is left.
  afterEach(async () => {
    await collectGarbage();
    fs.rmSync(folder, { recursive: true });
  });

  test('is there after close, and views taken before are views of it', () => {
    const name = path.join(folder, 'file');
    const file = MappedFile.open(name, { create: true, size: 10 });
    const view = file.view('uint8');
    file.buf.write('abc');
    file.close();
    view[0] = 0x78;
    expect(fs.readFileSync(name, 'latin1')).toContain('xbc');
  });

  test('is made longer many times, shorter only without any view of it', async () => {
    const name = path.join(folder, 'file');
    using file = MappedFile.open(name, { create: true, size: 1 });
    for (let size = 1; size <= 3000; size += 1) file.resize(size);
    file.resize(100);
    expect([file.size, fs.statSync(name).size]).toEqual([100, 100]);
    (() => {
      file.buf[99] = 9;
      const shorten = (): void => {
        file.resize(50);
      };
      expect(shorten).toThrow(failsWith('EBUSY'));
      expect(shorten).toThrow(/drop the views of it/);
      expect([file.size, file.buf[99], fs.statSync(name).size]).toEqual([100, 9, 100]);
      using other = MappedFile.open(name);
      file.resize(200); // Another mapping, without a view.
      expect(shorten).toThrow(failsWith('EBUSY'));
      expect(other.size).toBe(100);
    })();
    await collectGarbage();
    file.resize(50);
    expect([file.size, file.buf.length, fs.statSync(name).size]).toEqual([50, 50, 50]);
  });

  test('opened and closed, or refused, leaves no handle: the file can be deleted', () => {
    const name = path.join(folder, 'file');
    fs.writeFileSync(name, 'x');
    for (let i = 0; i < 100; i += 1) {
      MappedFile.open(name).close();
      expect(() => MappedFile.open(name, { size: 2 })).toThrow(RangeError);
    }
    fs.rmSync(name);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('is no pipe', async () => {
    const pipe = `\\\\.\\pipe\\${stage.name()}`;
    const server = net.createServer().listen(pipe);
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      expect(() => MappedFile.open(pipe)).toThrow(failsWith('EINVAL'));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('no journal', () => {
  test('is kept, and nothing is there to reclaim', () => {
    expect(binding.openJournal('C:\\any.journal')).toMatchObject({ code: 'ERR_SHM_UNSUPPORTED' });
    expect(binding.reclaimJournal('C:\\any.journal', true)).toMatchObject({
      code: 'ERR_SHM_UNSUPPORTED',
    });
  });
});
