// One of two programs on a segment of 5 GiB. Prints a line of JSON.
//
//   limits-beyond-4-gib create        makes it, prints its name, and waits for a line to go on
//   limits-beyond-4-gib attach NAME   reads what the other wrote, and answers

import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { SharedArray, SharedMemory } from 'named-shm';

const GIB = 2 ** 30;
const SIZE = 5 * GIB;
const FAR = 4.5 * GIB;

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return { name, code, message };
  }
}

async function create(): Promise<object> {
  using shm = SharedMemory.create({ size: SIZE, reserve: false });
  shm.view('float64', FAR, 2).set([1.5, 2.5]);
  shm.view('uint8', SIZE - 1)[0] = 9;
  console.log(shm.name);
  await once(process.stdin, 'data');
  process.stdin.destroy();
  const answer = shm.view('int32', FAR + 16, 1)[0];
  const listed = SharedMemory.list().find(({ name }) => name === shm.name)?.size === SIZE;
  if (process.platform === 'win32') return { size: shm.size, answer, listed };
  truncateSync(`/dev/shm/${shm.name}`, FAR);
  const view = shm.view('uint8', FAR, 4096);
  const missing = view[100];
  const truncated = outcome(() => shm.view('uint8', 0, 1));
  shm.close();
  view[100] = 1;
  return { size: shm.size, answer, listed, missing, truncated };
}

function attach(name: string): object {
  using shm = SharedMemory.attach(name);
  const read = [...shm.view('float64', FAR, 2), shm.view('uint8', SIZE - 1, 1)[0]];
  shm.view('int32', FAR + 16, 1)[0] = -5;
  using readOnly = SharedMemory.attach(name, { readOnly: true });
  const readOnlyToo = readOnly.view('float64', FAR, 1)[0];
  const buf = outcome(() => [shm.buf.length, shm.buf.readDoubleLE(FAR), shm.buf.at(-1)]);
  const whole = outcome(() => shm.view('float64').length);
  const data = outcome(() => {
    using array = SharedArray.attach(name, 'uint8', [5, GIB]);
    return [array.get(-1, -1), array.row(4).length];
  });
  const part = outcome(() => shm.view('float64', GIB, 3.5 * (GIB / 8)).at(-1));
  const beyond = outcome(() => shm.view('uint8', SIZE, 1));
  return { size: shm.size, read, readOnlyToo, buf, whole, data, part, beyond };
}

const [role, name] = process.argv.slice(2);
void Promise.resolve(role === 'create' ? create() : attach(name as string)).then((result) => {
  console.log(JSON.stringify(result));
});
