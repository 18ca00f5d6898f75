import { SharedMemory } from 'named-shm';
import { describeEachPython, type Kind } from './support/python-server';

const KINDS: readonly Kind[] = ['stock', 'named_shm'];
const SIZES = [1, 7, 4095, 4096, 4097, 100_003];

/** Bytes that no shift, cut or swap leaves as they are. */
function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i += 1) bytes[i] = i * 31 + (i >> 8) * 7 + seed;
  return bytes;
}

function fails(code: string): Error {
  return expect.objectContaining({ code }) as Error;
}

describeEachPython((python) => {
  describe.each(KINDS)('%s.SharedMemory', (kind) => {
    test.each(SIZES)('sees a segment of ours: %d bytes, and each of them', async (size) => {
      using ours = SharedMemory.create({ size });
      pattern(size, 1).copy(ours.buf);
      await using theirs = await python.attachSegment(kind, ours.name);
      expect(theirs.name).toBe(ours.name);
      expect(theirs.size).toBe(size);
      expect((await theirs.read()).equals(pattern(size, 1))).toBe(true);
      await theirs.write(0, pattern(size, 2));
      expect(ours.buf.equals(pattern(size, 2))).toBe(true);
    });

    test.each(SIZES)('makes a segment that we see: %d bytes, and each of them', async (size) => {
      await using theirs = await python.createSegment(kind, size);
      await theirs.write(0, pattern(size, 3));
      using ours = SharedMemory.attach(theirs.name);
      expect(ours.name).toBe(theirs.name);
      expect(ours.size).toBe(size);
      expect(ours.buf.equals(pattern(size, 3))).toBe(true);
      pattern(size, 4).copy(ours.buf);
      expect((await theirs.read()).equals(pattern(size, 4))).toBe(true);
    });

    test('a new segment is all zeros to the other side', async () => {
      await using theirs = await python.createSegment(kind, 5000);
      using attached = SharedMemory.attach(theirs.name);
      expect(attached.buf.equals(Buffer.alloc(5000))).toBe(true);
      using ours = SharedMemory.create({ size: 5000 });
      await using seen = await python.attachSegment(kind, ours.name);
      expect((await seen.read()).equals(Buffer.alloc(5000))).toBe(true);
    });

    test('what one side writes the other one sees at once, both ways, again and again', async () => {
      using ours = SharedMemory.create({ size: 16 });
      await using theirs = await python.attachSegment(kind, ours.name);
      const words = ours.view('int32');
      for (let turn = 1; turn <= 20; turn += 1) {
        words[0] = turn;
        const seen = (await theirs.read(0, 4)).readInt32LE();
        const answer = Buffer.alloc(4);
        answer.writeInt32LE(-seen);
        await theirs.write(12, answer);
        expect(words[3]).toBe(-turn);
      }
    });

    test('a reader of ours without the right to write sees what Python writes', async () => {
      await using theirs = await python.createSegment(kind, 8);
      using ours = SharedMemory.attach(theirs.name, { readOnly: true });
      await theirs.write(0, Buffer.from('from afar').subarray(0, 8));
      expect(ours.buf.toString()).toBe('from afa');
      ours.buf.fill('x');
      expect((await theirs.read()).toString()).toBe('from afa');
    });

    test('closing on one side leaves the other its segment, and the name', async () => {
      await using theirs = await python.createSegment(kind, 10);
      const ours = SharedMemory.attach(theirs.name);
      await theirs.write(0, Buffer.from('kept'));
      await theirs.close();
      expect(ours.buf.toString('latin1', 0, 4)).toBe('kept');
      ours.close();
      await using again = await python.attachSegment('named_shm', theirs.name);
      expect((await again.read(0, 4)).toString()).toBe('kept');
    });

    test('unlinking takes the name from both; who has it open keeps the memory', async () => {
      using ours = SharedMemory.create({ size: 10 });
      await using theirs = await python.attachSegment(kind, ours.name);
      ours.unlink();
      await expect(python.attachSegment(kind, ours.name)).rejects.toMatchObject({
        type: 'FileNotFoundError',
      });
      ours.buf.write('both');
      expect((await theirs.read(0, 4)).toString()).toBe('both');
      await theirs.write(5, Buffer.from('ways'));
      expect(ours.buf.toString('latin1', 5, 9)).toBe('ways');
    });

    test('what Python unlinks is gone for us', async () => {
      await using theirs = await python.createSegment(kind, 10);
      await theirs.unlink();
      expect(() => SharedMemory.attach(theirs.name)).toThrow(fails('ENOENT'));
    });

    test('a name that one side has the other can not make', async () => {
      using ours = SharedMemory.create({ size: 10 });
      await expect(python.createSegment(kind, 10, ours.name)).rejects.toMatchObject({
        type: 'FileExistsError',
      });
      await using theirs = await python.createSegment(kind, 10);
      expect(() => SharedMemory.create({ size: 10, name: theirs.name })).toThrow(fails('EEXIST'));
      using same = SharedMemory.createOrAttach({ size: 10, name: theirs.name });
      expect(same.created).toBe(false);
    });
  });

  test('names mean the same to both, with one leading slash and without', async () => {
    using ours = SharedMemory.create({ size: 10 });
    await using theirs = await python.attachSegment('named_shm', `/${ours.name}`);
    expect(theirs.name).toBe(ours.name);
    using again = SharedMemory.attach(`/${theirs.name}`);
    expect(again.name).toBe(ours.name);
  });

  test('a name outside ASCII is the same bytes on both sides', async () => {
    const name = `nshm-tést-🎉-${process.pid}`;
    using ours = SharedMemory.create({ size: 3, name });
    ours.buf.write('abc');
    await using theirs = await python.attachSegment('named_shm', name);
    expect(theirs.name).toBe(name);
    expect((await theirs.read()).toString()).toBe('abc');
  });
});
