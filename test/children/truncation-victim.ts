// Uses segments that are cut short meanwhile. Prints a line of JSON at its end.
//
//   truncation-victim loop N     prints "cut NAME BYTES" N times, and reads and writes that segment
//                                without a pause until an API call says that it was cut
//   truncation-victim calls      every way to get at the bytes, and what each call says then
//   truncation-victim jobs       zlib, crypto and fs work on one that is cut
//   truncation-victim scattered  more zero pages between good ones than there can be mappings
//   truncation-victim semaphore  the file of a lock is cut short

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { deflateSync } from 'node:zlib';
import { Lock, Semaphore, SharedArray, SharedMemory } from 'named-shm';
import { JOB_COUNT, openScratchFile, startJobs } from './close-jobs';

const PAGE = 4096;
const PAGES = 64;

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error);
  }
  return undefined;
}

/** In this process: it is the kernel that answers, not who asked. */
function cut({ name }: { readonly name: string }, bytes: number): void {
  fs.truncateSync(`/dev/shm/${name}`, bytes);
}

function cutInLoop(bytes: number, neighbour: SharedMemory): boolean {
  using shm = SharedMemory.create({ size: PAGES * PAGE });
  const view = shm.view('uint8');
  for (let page = 0; page < PAGES; page += 1) view[page * PAGE] = page + 1;
  console.log(`cut ${shm.name} ${bytes}`);
  let code: unknown;
  for (let turn = 0; code === undefined; turn += 1) {
    let sum = 0;
    for (let at = 1; at < view.length; at += PAGE) {
      sum += view[at] as number;
      view[at + 1] = turn;
    }
    neighbour.buf.writeDoubleLE(sum, 8);
    code = codeOf(() => shm.buf);
  }
  const goodPages = bytes / PAGE;
  const good = [...Array(goodPages).keys()].every((page) => view[page * PAGE] === page + 1);
  const zeros = [...Array(PAGES).keys()].slice(goodPages);
  const gone = zeros.every((page) => view[page * PAGE] === 0);
  if (bytes > 0) {
    // What is left is still the segment, through the old view too.
    using rest = SharedMemory.attach(shm.name);
    view[100] = 77;
    if (rest.size !== bytes || rest.buf[100] !== 77) return false;
  }
  return code === 'ERR_SHM_TRUNCATED' && good && gone;
}

function loop(count: number): object {
  using neighbour = SharedMemory.create({ size: PAGE });
  neighbour.buf.write('intact');
  let right = 0;
  for (let round = 0; round < count; round += 1) {
    const bytes = round % 2 === 0 ? 0 : (PAGES / 2) * PAGE;
    if (cutInLoop(bytes, neighbour)) right += 1;
  }
  return { right, neighbour: neighbour.buf.toString('latin1', 0, 6) };
}

/** Ways to read or write a whole segment, most of them inside Node's own code. */
const USES: Record<string, (shm: SharedMemory) => unknown> = {
  'element read': (shm) => shm.view('uint8')[5 * PAGE],
  'element write': (shm) => (shm.view('uint8')[5 * PAGE] = 1),
  fill: (shm) => shm.buf.fill(1),
  'copy out': (shm) => {
    Buffer.alloc(shm.size).set(shm.buf);
  },
  'copy in': (shm) => {
    shm.buf.set(Buffer.alloc(shm.size, 1));
  },
  slice: (shm) => shm.view('float64').slice(),
  compare: (shm) => shm.buf.equals(Buffer.alloc(shm.size).fill(1, 0, PAGE)),
  search: (shm) => shm.buf.indexOf('needle'),
  text: (shm) => shm.buf.toString('utf8'),
  hash: (shm) => createHash('sha256').update(shm.buf).digest(),
  deflate: (shm) => deflateSync(shm.buf),
  sort: (shm) => shm.view('int32').sort(),
  atomics: (shm) => Atomics.add(shm.view('int32'), (5 * PAGE) / 4, 1),
  DataView: (shm) => new DataView(shm.view('uint8').buffer).getBigInt64(5 * PAGE),
};

async function calls(): Promise<object> {
  const ends: Record<string, unknown> = {};
  for (const [use, access] of Object.entries(USES)) {
    for (const readOnly of [false, true]) {
      using owner = SharedMemory.create({ size: 16 * PAGE });
      using shm = SharedMemory.attach(owner.name, { readOnly });
      shm.buf.fill(1, 0, PAGE);
      cut(owner, PAGE);
      access(shm);
      const codes = [() => shm.buf, () => shm.view('int8'), () => shm.buf].map(codeOf);
      shm.close();
      codes.push(codeOf(() => shm.buf));
      ends[`${use}${readOnly ? ', read-only' : ''}`] = codes.join(' ');
    }
  }
  ends['array'] = array();
  ends['fs.write'] = await written();
  return ends;
}

function array(): string {
  using array = SharedArray.create('float64', [16, PAGE / 8]);
  array.set(0, 0, 1.5);
  cut(array, PAGE);
  const read = [array.data[0], array.get(9, 0)];
  const codes = [() => array.get(0, 0), () => array.row(0)].map(codeOf);
  return [...read, ...codes].join(' ');
}

/** The kernel does not fault, it fails. */
async function written(): Promise<unknown> {
  using shm = SharedMemory.create({ size: 16 * PAGE });
  const { buf } = shm;
  const fd = openScratchFile(shm.size);
  cut(shm, 0);
  return await new Promise((resolve) => {
    fs.write(fd, buf, 0, buf.length, 0, (error) => {
      resolve(error?.code);
    });
  });
}

async function jobs(): Promise<object> {
  const codes = new Set<unknown>();
  let ended = 0;
  const fd = openScratchFile(PAGES * PAGE);
  for (let round = 0; round < 30; round += 1) {
    using shm = SharedMemory.create({ size: PAGES * PAGE });
    const { buf } = shm;
    await new Promise<void>((resolve) => {
      let running = JOB_COUNT;
      startJobs(buf, fd, (error) => {
        if (error) codes.add((error as NodeJS.ErrnoException).code);
        ended += 1;
        running -= 1;
        if (running === 0) resolve();
      });
      cut(shm, (round % 3) * PAGE);
    });
    buf.fill(1);
    if (codeOf(() => shm.buf) !== 'ERR_SHM_TRUNCATED') codes.add('no error');
  }
  codes.delete('EFAULT'); // What fs says of memory that is not there: right, but not every time.
  return { ended, codes: [...codes] };
}

function scattered(): object {
  const pages = 70_000;
  using neighbour = SharedMemory.create({ size: PAGE });
  using shm = SharedMemory.create({ size: 2 * pages * PAGE, reserve: false });
  const view = shm.view('uint8');
  cut(shm, 0);
  let sum = 0;
  for (let page = 0; page < pages; page += 1) sum += view[2 * page * PAGE] as number;
  neighbour.buf[0] = 1;
  return { sum, code: codeOf(() => shm.buf), neighbour: neighbour.buf[0] };
}

function semaphore(): object {
  using lock = Lock.create();
  using other = Lock.attach(lock.name);
  using counter = Semaphore.create({ value: 3 });
  using intact = Lock.create();
  cut({ name: `sem.${lock.name}` }, 0);
  cut({ name: `sem.${counter.name}` }, 0);
  const name = `${lock.name}_empty`;
  fs.writeFileSync(`/dev/shm/sem.${name}`, '');
  const attach = codeOf(() => Lock.attach(name));
  fs.rmSync(`/dev/shm/sem.${name}`);
  return {
    tryAcquire: codeOf(() => lock.tryAcquire()),
    acquireSync: codeOf(() => lock.acquireSync({ timeout: 10_000 })),
    release: codeOf(() => {
      lock.release();
    }),
    other: codeOf(() => other.tryAcquire()),
    value: codeOf(() => counter.value),
    intact: intact.tryAcquire(),
    attach,
  };
}

async function run(scenario: string, count: number): Promise<object> {
  switch (scenario) {
    case 'loop':
      return loop(count);
    case 'calls':
      return await calls();
    case 'jobs':
      return await jobs();
    case 'scattered':
      return scattered();
    default:
      return semaphore();
  }
}

const [scenario, count] = process.argv.slice(2);
void run(scenario as string, Number(count)).then((result) => {
  console.log(JSON.stringify(result));
});
