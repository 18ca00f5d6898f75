import { Lock, Mutex, RwLock } from 'named-shm';
import { inC, inNode, inPython, type Task } from '../harness/program';
import type { Row } from '../harness/row';

/** Of a Mutex; an RwLock, which keeps account of its readers as well, may take twice as long. */
const reach = { atMostNs: 80 };
const twice = { atMostNs: 160 };

function repeat(pair: () => void): Task {
  return (operations) => {
    for (let done = 0; done < operations; done += 1) pair();
  };
}

function tryPair(): Task {
  const lock = Lock.create();
  return repeat(() => {
    lock.tryAcquire();
    lock.release();
  });
}

function syncPair(): Task {
  const lock = Lock.create();
  return repeat(() => {
    lock.acquireSync();
    lock.release();
  });
}

function mutexPair(): Task {
  const mutex = Mutex.create();
  return repeat(() => {
    mutex.tryAcquire();
    mutex.release();
  });
}

function readPair(): Task {
  const lock = RwLock.create();
  return repeat(() => {
    lock.tryAcquireRead();
    lock.releaseRead();
  });
}

function writePair(): Task {
  const lock = RwLock.create();
  return repeat(() => {
    lock.tryAcquireWrite();
    lock.releaseWrite();
  });
}

const cpython = {
  title: "CPython's Lock",
  program: inPython('lock', 'acquire'),
  reach: { atMost: 1 },
} as const;
const semaphore = { title: 'sem_wait, sem_post in C', program: inC('lock', 'semaphore') };
const rwLock = { title: 'pthread_rwlock in C', program: inC('lock', 'rwlock') };

export const lock: Row = {
  name: 'lock',
  lines: [
    { title: 'Lock tryAcquire+release', ours: inNode(tryPair), yardsticks: [cpython, semaphore] },
    { title: 'Lock acquireSync+release', ours: inNode(syncPair), yardsticks: [cpython, semaphore] },
    {
      title: 'Mutex tryAcquire+release',
      ours: inNode(mutexPair),
      yardsticks: [{ title: 'robust pthread mutex in C', program: inC('lock', 'robust'), reach }],
    },
    {
      title: 'RwLock tryAcquireRead+releaseRead',
      ours: inNode(readPair),
      yardsticks: [{ ...rwLock, reach: twice }],
    },
    {
      title: 'RwLock tryAcquireWrite+releaseWrite',
      ours: inNode(writePair),
      yardsticks: [{ ...rwLock, reach: twice }],
    },
  ],
};
