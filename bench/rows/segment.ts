import { SharedMemory } from 'named-shm';
import { type DescribedProgram, inC, inNode, inPython, type Task } from '../harness/program';
import type { Row, Yardstick } from '../harness/row';
import { withTurns } from '../harness/turns';

const SIZE = 4096;
const NAME = `nshm_bench_${process.pid}`;

function create(track: boolean): DescribedProgram {
  return inNode(() =>
    withTurns(() => {
      const shm = SharedMemory.create({ name: NAME, size: SIZE, track });
      shm.close();
      shm.unlink();
    }),
  );
}

function createAndWrite(): Task {
  return withTurns(() => {
    const shm = SharedMemory.create({ name: NAME, size: SIZE });
    shm.buf[0] = 1;
    shm.close();
    shm.unlink();
  });
}

function attach(): Task {
  const { name } = SharedMemory.create({ size: SIZE });
  return withTurns(() => {
    SharedMemory.attach(name).close();
  });
}

function attachAndRead(): Task {
  const { name } = SharedMemory.create({ size: SIZE });
  return withTurns(() => {
    const shm = SharedMemory.attach(name);
    if (shm.buf[0] !== 0) throw new Error('a new segment holds zeros');
    shm.close();
  });
}

function sameCalls(mode: string): Yardstick {
  return {
    title: 'the same system calls in C',
    program: inC('segment_cycle', mode),
    sameSystemCalls: true,
    reach: { atMost: 1.5 },
  };
}

function python(mode: string): Yardstick {
  return { title: "CPython's", program: inPython('segment_cycle', mode) };
}

const textbook: Yardstick = {
  title: 'shm_open, ftruncate, mmap … shm_unlink in C',
  program: inC('segment_cycle', 'create-textbook'),
};

export const segment: Row = {
  name: 'segment',
  lines: [
    {
      title: 'create+close+unlink 4 KiB, untracked',
      ours: create(false),
      yardsticks: [sameCalls('create-untracked'), textbook, python('create')],
    },
    {
      title: 'create+close+unlink 4 KiB, tracked',
      ours: create(true),
      yardsticks: [sameCalls('create-tracked'), textbook, python('create')],
    },
    {
      title: 'the same with a write through its Buffer',
      ours: inNode(createAndWrite),
      yardsticks: [sameCalls('create-write'), python('create-write')],
    },
    {
      title: 'attach+close 4 KiB',
      ours: inNode(attach),
      yardsticks: [sameCalls('attach'), python('attach')],
    },
    {
      title: 'the same with a read through its Buffer',
      ours: inNode(attachAndRead),
      yardsticks: [sameCalls('attach-read'), python('attach-read')],
    },
  ],
};
