// Everything made through a manager goes when it does.
import { SharedArray, SharedMemory, ShareableList, SharedMemoryManager } from 'named-shm';
import { failsWith } from './support/failures';
import { present } from './support/own-journals';

test('makes segments, lists and arrays that other programs can attach to', () => {
  using manager = new SharedMemoryManager();
  const segment = manager.memory(100);
  const list = manager.list([1, 'two', null]);
  const array = manager.array('float64', [2, 3]);
  expect([segment.size, list.length, array.shape]).toEqual([100, 3, [2, 3]]);
  segment.buf[0] = 7;
  array.set(1, 1, 2.5);
  using sameSegment = SharedMemory.attach(segment.name);
  using sameList = ShareableList.attach(list.name);
  using sameArray = SharedArray.attach(array.name, 'float64', [2, 3]);
  expect(sameSegment.buf[0]).toBe(7);
  expect(sameList.toArray()).toEqual([1, 'two', null]);
  expect(sameArray.get(1, 1)).toBe(2.5);
});

function makeOne(manager: SharedMemoryManager): { names: string[]; all: SharedMemory[] } {
  const all = [manager.memory(10), manager.list([1]).shm, manager.array('int8', [3]).shm];
  return { names: all.map(({ name }) => name), all };
}

test('the end of its scope closes and unlinks all of it', () => {
  let made;
  {
    using manager = new SharedMemoryManager();
    made = makeOne(manager);
    expect(manager.closed).toBe(false);
    expect(present(made.names)).toEqual(made.names);
  }
  expect(made.all.map(({ closed }) => closed)).toEqual([true, true, true]);
  expect(present(made.names)).toEqual([]);
});

test('close does the same, once, and it makes nothing more', () => {
  const manager = new SharedMemoryManager();
  const { names } = makeOne(manager);
  manager.close();
  expect(manager.closed).toBe(true);
  expect(present(names)).toEqual([]);
  manager.close();
  manager[Symbol.dispose]();
  for (const make of [
    () => manager.memory(1),
    () => manager.list([]),
    () => manager.array('int8', [1]),
  ]) {
    expect(make).toThrow(failsWith('ERR_SHM_CLOSED'));
    expect(make).toThrow(TypeError);
  }
});

test('what was closed, disposed of or unlinked before is no trouble', () => {
  const manager = new SharedMemoryManager();
  const { all, names } = makeOne(manager);
  all[0]?.close();
  all[1]?.unlink();
  all[2]?.[Symbol.dispose]();
  manager.close();
  expect(present(names)).toEqual([]);
});

test('a name that has been made again since is not removed, by us or by somebody else', () => {
  const manager = new SharedMemoryManager();
  const [first, second] = [manager.memory(10), manager.memory(10)];
  first.unlink();
  second.unlink();
  using ours = SharedMemory.create({ name: first.name, size: 10 });
  using theirs = SharedMemory.create({ name: second.name, size: 10, track: false });
  manager.close();
  expect(present([ours.name, theirs.name])).toHaveLength(2);
  theirs.unlink();
});

test('what it can’t make is an error, and the rest stays until its end', () => {
  using manager = new SharedMemoryManager();
  const { names } = makeOne(manager);
  expect(() => manager.memory(0)).toThrow(failsWith('ERR_SHM_RANGE'));
  expect(() => manager.memory(2 ** 50)).toThrow(failsWith('ENOSPC'));
  expect(() => manager.list([undefined as unknown as null])).toThrow(failsWith('ERR_SHM_TYPE'));
  expect(() => manager.array('int8', [-1])).toThrow(failsWith('ERR_SHM_RANGE'));
  expect(manager.closed).toBe(false);
  expect(present(names)).toEqual(names);
});

test('attachers keep what they have when the manager goes', () => {
  const manager = new SharedMemoryManager();
  const segment = manager.memory(10);
  segment.buf.write('kept');
  using other = SharedMemory.attach(segment.name);
  manager.close();
  expect(other.buf.toString('latin1', 0, 4)).toBe('kept');
});
