/*
 * What CPython's own tests of multiprocessing.shared_memory assert (Lib/test,
 * _test_multiprocessing.py, _TestSharedMemory), each as a test of ours. Where we differ by design,
 * the test's name says so.
 */
import crypto from 'node:crypto';
import { inspect } from 'node:util';
import { type ListItem, ShareableList, SharedMemory, SharedMemoryManager } from 'named-shm';
import { type Program, startChild } from './support/programs';

function fails(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

function uniqueName(): string {
  return `nshm_conf_${crypto.randomBytes(4).toString('hex')}`;
}

describe('basics', () => {
  test('the name that was asked for is readable', () => {
    const name = uniqueName();
    using shm = SharedMemory.create({ name, size: 512 });
    expect(shm.name).toBe(name);
  });

  test('the size is at least the one that was asked for, and that of buf', () => {
    using shm = SharedMemory.create({ size: 513 });
    expect(shm.size).toBeGreaterThanOrEqual(513);
    expect(shm.buf.length).toBe(shm.size);
  });

  test('name and size are in what is printed', () => {
    using shm = SharedMemory.create({ size: 512 });
    expect(inspect(shm)).toContain(shm.name);
    expect(inspect(shm)).toContain(String(shm.size));
  });

  test('what is written through buf is read through it', () => {
    using shm = SharedMemory.create({ size: 512 });
    shm.buf[0] = 42;
    expect(shm.buf[0]).toBe(42);
  });

  test('who attaches sees the data', () => {
    using shm = SharedMemory.create({ size: 512 });
    shm.buf[0] = 42;
    using also = SharedMemory.attach(shm.name);
    expect(also.buf[0]).toBe(42);
  });

  test('attaching ignores a size, as CPython does', () => {
    using shm = SharedMemory.create({ size: 512 });
    using same = SharedMemory.attach(shm.name, { size: 20 * 512 } as object);
    expect(same.size).toBe(shm.size);
  });

  test('asking for more than there is where attaching is an option: refused, by design', () => {
    using shm = SharedMemory.create({ size: 512 });
    const { name } = shm;
    using same = SharedMemory.createOrAttach({ name, size: 100 });
    expect([same.created, same.size]).toEqual([false, shm.size]);
    expect(() => SharedMemory.createOrAttach({ name, size: 20 * 512 })).toThrow(RangeError);
  });

  test('an automatic name that is taken is drawn again', () => {
    using taken = SharedMemory.create({ size: 1 });
    const drawn = Buffer.from(taken.name.replace('nshm_', ''), 'hex');
    const free = Buffer.from(drawn.map((byte) => byte ^ 0xff));
    const draw = jest.spyOn(crypto, 'randomBytes') as unknown as jest.SpyInstance<Buffer>;
    draw.mockReturnValueOnce(drawn).mockReturnValueOnce(drawn).mockReturnValueOnce(free);
    try {
      using shm = SharedMemory.create({ size: 1 });
      expect(shm.name).toBe(`nshm_${free.toString('hex')}`);
      expect(draw).toHaveBeenCalledTimes(3);
    } finally {
      draw.mockRestore();
    }
  });

  test('a second unlink is an error', () => {
    using one = SharedMemory.create({ size: 5000 });
    using two = SharedMemory.attach(one.name);
    two.unlink();
    two.close();
    one.close();
    expect(() => {
      one.unlink();
    }).toThrow(fails('ENOENT'));
  });

  test('a second close is none', () => {
    using shm = SharedMemory.create({ size: 512 });
    shm.close();
    shm.close();
    expect(shm.closed).toBe(true);
  });

  test('a name that is in use can not be created', () => {
    using shm = SharedMemory.create({ size: 512 });
    expect(() => SharedMemory.create({ name: shm.name, size: 512 })).toThrow(fails('EEXIST'));
  });

  test('a name that nobody made can not be attached to, or unlinked', () => {
    const name = uniqueName();
    expect(() => SharedMemory.attach(name)).toThrow(fails('ENOENT'));
    expect(() => {
      SharedMemory.unlink(name);
    }).toThrow(fails('ENOENT'));
  });

  test('attaching needs a name', () => {
    expect(() => SharedMemory.attach(undefined as unknown as string)).toThrow(TypeError);
  });
});

describe('invalid creation', () => {
  test.each([-1, -2, 0])('a size of %d is refused', (size) => {
    expect(() => SharedMemory.create({ size })).toThrow(fails('ERR_SHM_RANGE'));
  });

  test('no size is refused', () => {
    expect(() => SharedMemory.create({} as { size: number })).toThrow(fails('ERR_SHM_TYPE'));
  });
});

describe('a name with a NUL', () => {
  const withNul = 'nshm_conf\0';

  test('is refused on attach', () => {
    expect(() => SharedMemory.attach(withNul)).toThrow(fails('ERR_SHM_NAME'));
  });

  test('is refused on unlink, and what it begins with is not unlinked', () => {
    using shm = SharedMemory.create({ size: 1 });
    expect(() => {
      SharedMemory.unlink(`${shm.name}\0x`);
    }).toThrow(fails('ERR_SHM_NAME'));
    SharedMemory.attach(shm.name).close();
  });

  test('is refused on create', () => {
    expect(() => SharedMemory.create({ name: withNul, size: 1 })).toThrow(fails('ERR_SHM_NAME'));
  });
});

describe('another process', () => {
  async function write(name: string, text: string): Promise<string> {
    await using peer = startChild('python-peer', ['write', name, text]);
    const { code, stdout } = await peer.exit;
    expect(code).toBe(0);
    return stdout.trim();
  }

  test('attaches by name and writes what we see', async () => {
    using shm = SharedMemory.create({ size: 512 });
    expect(await write(shm.name, 'howdy')).toBe('written');
    expect(shm.buf.toString('latin1', 0, 5)).toBe('howdy');
  });

  // A pickled SharedMemory is its name and no more; so that is what we send, by design.
  test('that is sent a name, which stands for the handle, attaches to the same block', async () => {
    using shm = SharedMemory.create({ size: 512 });
    const sent = JSON.parse(JSON.stringify({ name: shm.name })) as { name: string };
    expect(await write(sent.name, 'HELLO')).toBe('written');
    expect(shm.buf.toString('latin1', 0, 5)).toBe('HELLO');
  });

  test('that is sent the name of a block that is gone finds none', async () => {
    const shm = SharedMemory.create({ size: 512 });
    shm.close();
    shm.unlink();
    expect(await write(shm.name, 'HELLO')).toBe('ENOENT');
  });

  test('that is sent the name of a list that is gone finds none', () => {
    const list = ShareableList.create([0, 1, 2]);
    list.close();
    list.unlink();
    expect(() => ShareableList.attach(list.name)).toThrow(fails('ENOENT'));
  });
});

describe('manager', () => {
  test('needs no start, by design: CPython has one and an error before it; after close we do', () => {
    using manager = new SharedMemoryManager();
    expect(manager.memory(9).size).toBeGreaterThanOrEqual(9);
    manager.close();
    expect(() => manager.memory(9)).toThrow(fails('ERR_SHM_CLOSED'));
  });

  test('makes lists and blocks that can be attached to', () => {
    using manager = new SharedMemoryManager();
    const lists = [5, 6, 7, 8, 9].map((n) => manager.list(Array.from({ length: n }, (_, i) => i)));
    const blocks = [32, 48, 64, 80, 96, 112].map((size) => manager.memory(size));
    lists.forEach((list, i) => {
      using doppelganger = ShareableList.attach(list.name);
      expect(doppelganger.length).toBe(5 + i);
    });
    blocks.forEach((block, i) => {
      using doppelganger = SharedMemory.attach(block.name);
      expect(doppelganger.buf.length).toBeGreaterThanOrEqual(32 + 16 * i);
    });
  });

  test('takes them with it on close', () => {
    using manager = new SharedMemoryManager();
    const block = manager.memory(32);
    const list = manager.list(['howdy']);
    manager.close();
    expect(() => SharedMemory.attach(block.name)).toThrow(fails('ENOENT'));
    expect(() => ShareableList.attach(list.name)).toThrow(fails('ENOENT'));
  });

  test('takes them with it when its scope is left', () => {
    const names: string[] = [];
    {
      using manager = new SharedMemoryManager();
      names.push(manager.list(['h', 'o', 'w', 'd', 'y']).name, manager.memory(128).name);
    }
    for (const name of names) expect(() => SharedMemory.attach(name)).toThrow(fails('ENOENT'));
  });

  test('survives SIGINT where the program does, and still makes lists', async () => {
    await using program = startChild('python-peer', ['manage']);
    const first = await program.line();
    program.child.kill('SIGINT');
    const second = await program.line();
    using one = ShareableList.attach(first);
    using two = ShareableList.attach(second);
    expect([one.toArray(), two.toArray()]).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    program.child.stdin?.end();
    // Nobody complains about leaked objects, as a resource tracker that is not shared would.
    expect(await program.exit).toMatchObject({ code: 0, signal: null, stderr: '' });
    for (const name of [first, second])
      expect(() => ShareableList.attach(name)).toThrow(fails('ENOENT'));
  });
});

describe('list', () => {
  const ITEMS: readonly ListItem[] = [
    ...['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42],
  ];
  let list: ShareableList;

  beforeEach(() => {
    list = ShareableList.create(ITEMS);
  });
  afterEach(() => {
    list[Symbol.dispose]();
  });

  test('name and items are in what is printed', () => {
    expect(inspect(list)).toContain(list.name);
    expect(inspect(list)).toContain(
      "['howdy', <Buffer 48 6f 57 64 59>, -273.154, 100, null, true, 42]",
    );
  });

  test('an index out of range is an error on get', () => {
    expect(() => list.get(7)).toThrow(fails('ERR_SHM_RANGE'));
  });

  test('an index out of range is an error on set', () => {
    expect(() => {
      list.set(7, 2);
    }).toThrow(fails('ERR_SHM_RANGE'));
  });

  test('-N-1 is out of range too, by design: CPython 3.9 and later read and write their tables', () => {
    const before = Buffer.from(list.shm.buf);
    expect(() => list.get(-8)).toThrow(fails('ERR_SHM_RANGE'));
    expect(() => {
      list.set(-8, 2);
    }).toThrow(fails('ERR_SHM_RANGE'));
    expect(list.shm.buf.equals(before)).toBe(true);
  });

  test('a value of the same type keeps the format', () => {
    const before = list.format;
    list.set(0, 'howdy');
    list.set(3, 5);
    expect(list.format).toBe(before);
  });

  test('the format is that of the struct module', () => {
    expect(list.format).toBe('8s8sdqxxxxxx?xxxxxxxx?q');
  });

  test('it has a length', () => {
    expect(list.length).toBe(7);
  });

  test('the index of a value is found', () => {
    expect(list.indexOf(100)).toBe(3);
  });

  test('the index of a value that is not there is -1, by design: CPython raises ValueError', () => {
    expect(list.indexOf('100')).toBe(-1);
  });

  test('items are read by index, negative ones from the end', () => {
    expect(list.get(0)).toBe('howdy');
    expect(list.get(-2)).toBe(true);
  });

  test('it is iterable', () => {
    expect([...list]).toStrictEqual(ITEMS);
  });

  test('a value may be replaced by one of its type', () => {
    list.set(3, 42);
    expect(list.get(3)).toBe(42);
  });

  test('a value may be replaced by one of another type', () => {
    list.set(4, 'some');
    expect(list.get(4)).toBe('some');
    expect(list.format).toBe('8s8sdq8sxxxxxxx?q');
  });

  test('a value that is too long is refused, and leaves the old one and its neighbours', () => {
    list.set(4, 'some');
    expect(() => {
      list.set(4, 'far too many');
    }).toThrow(/exceeds available storage/);
    expect(() => {
      list.set(1, Buffer.from('123456789'));
    }).toThrow(/exceeds available storage/);
    expect(list.toArray()).toStrictEqual(ITEMS.map((item, i) => (i === 4 ? 'some' : item)));
  });

  test('text of exactly 8 bytes of UTF-8 fits in 8, and does not spill', () => {
    list.set(0, 'encodés');
    expect(list.get(0)).toBe('encodés');
    expect(list.get(1)).toEqual(Buffer.from('HoWdY'));
  });

  test('text of 9 bytes of UTF-8 does not fit in 8', () => {
    expect(() => {
      list.set(0, 'encodées');
    }).toThrow(/exceeds available storage/);
    expect([list.get(0), list.get(1)]).toEqual(['howdy', Buffer.from('HoWdY')]);
  });

  test('a new list has room for all bytes of its text, by design: CPython counts characters', () => {
    using accented = ShareableList.create(['é'.repeat(7), 'next']);
    expect(accented.toArray()).toEqual(['ééééééé', 'next']);
    expect(accented.format).toBe('16s8s');
  });

  test('trailing NULs are refused, by design: CPython loses them', () => {
    for (const value of ['a\0', Buffer.from([1, 0])]) {
      expect(() => ShareableList.create([value])).toThrow(fails('ERR_SHM_RANGE'));
      expect(() => {
        list.set(0, value);
      }).toThrow(fails('ERR_SHM_RANGE'));
    }
    expect(list.get(0)).toBe('howdy');
  });

  test('values are counted', () => {
    list.set(3, 42);
    expect(list.count(42)).toBe(2);
    expect(list.count(Buffer.from('HoWdY'))).toBe(1);
    expect(list.count(Buffer.from('adios'))).toBe(0);
  });

  test('true is not 1 when counting, by design: in Python True == 1 == 1.0', () => {
    using mixed = ShareableList.create([1, true, 0, false]);
    expect([mixed.count(true), mixed.count(1), mixed.count(false), mixed.count(0)]).toEqual([
      ...[1, 1, 1, 1],
    ]);
    expect([mixed.indexOf(true), mixed.indexOf(false)]).toEqual([1, 3]);
  });

  test('a copy under another name has the same items and format, and is independent', () => {
    const name = uniqueName();
    using copy = ShareableList.create(list, { name });
    expect(copy.name).toBe(name);
    expect(copy.toArray()).toEqual(list.toArray());
    expect(copy.format).toBe(list.format);
    copy.set(-1, 77);
    expect(copy.get(-1)).toBe(77);
    expect(list.get(-1)).toBe(42);
  });

  test('a second handle by name is tethered: each sees what the other one sets', () => {
    using tethered = ShareableList.attach(list.name);
    expect(tethered.name).toBe(list.name);
    tethered.set(-1, 880);
    expect(list.get(-1)).toBe(880);
    list.set(3, 'newvalue');
    expect(tethered.get(3)).toBe('newvalue');
  });

  test('it can be empty', () => {
    using empty = ShareableList.create([]);
    expect(empty.length).toBe(0);
    expect(empty.format).toBe('');
    expect(empty.count('any')).toBe(0);
    expect(empty.indexOf(null)).toBe(-1);
  });
});

describe('the end of a process', () => {
  async function kill(program: Program, signal: NodeJS.Signals): Promise<void> {
    program.child.kill(signal);
    expect(await program.exit).toMatchObject({ code: null, signal });
  }

  test('a block whose creator is killed by SIGTERM vanishes', async () => {
    await using creator = startChild('python-holder', ['=10']);
    const name = await creator.line();
    SharedMemory.attach(name).close();
    await kill(creator, 'SIGTERM');
    expect(() => SharedMemory.attach(name)).toThrow(fails('ENOENT'));
  });

  test('a block whose creator does not track it stays', () => {
    const name = uniqueName();
    try {
      {
        using shm = SharedMemory.create({ name, size: 10, track: false });
        shm.buf[0] = 1;
      }
      using again = SharedMemory.attach(name);
      expect(again.buf[0]).toBe(1);
    } finally {
      SharedMemory.unlink(name);
    }
  });

  test('an attacher leaves the block, always, by design: in CPython only if it does not track', async () => {
    using shm = SharedMemory.create({ size: 10 });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await using attacher = startChild('python-holder', [shm.name]);
      expect(await attacher.line()).toBe(shm.name);
      await kill(attacher, signal);
      SharedMemory.attach(shm.name).close();
    }
  });
});
