// Another user's program: tries what argument 1, a JSON list of [call, name], says, and prints
// what came of each.

import { Lock, SharedMemory } from 'named-shm';

function attempt(call: string, name: string): unknown {
  switch (call) {
    case 'attach': {
      using shm = SharedMemory.attach(name);
      shm.buf.write('written');
      return 'done';
    }
    case 'read-only': {
      using shm = SharedMemory.attach(name, { readOnly: true });
      const read = shm.buf.toString('latin1', 0, 6);
      shm.buf.fill(0xff);
      return [read, shm.buf[0]];
    }
    case 'create':
      SharedMemory.create({ name, size: 1 }).close();
      return 'done';
    case 'unlink':
      SharedMemory.unlink(name);
      return 'done';
    case 'attach lock': {
      using lock = Lock.attach(name);
      return lock.tryAcquire();
    }
    default:
      Lock.unlink(name);
      return 'done';
  }
}

const steps = JSON.parse(process.argv[2] as string) as [string, string][];
const outcomes = steps.map(([call, name]) => {
  try {
    return attempt(call, name);
  } catch (error) {
    const { code, syscall, path, message } = error as NodeJS.ErrnoException;
    return { code, syscall, path, message };
  }
});
console.log(JSON.stringify({ uid: process.getuid?.(), outcomes }));
