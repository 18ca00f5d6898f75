// Opens files until the process may have no more, then uses the library: prints what each call
// says, the first of them before the library has opened its journal. With "after" in place of
// "before" as argument the journal is open by then.

import { closeSync, openSync } from 'node:fs';
import { Lock, Semaphore, SharedMemory } from 'named-shm';

const outcomes: Record<string, unknown> = {};
const warnings: unknown[] = [];
process.on('warning', (warning) => {
  warnings.push((warning as { code?: unknown }).code);
});

function attempt(what: string, action: () => Disposable): void {
  try {
    action()[Symbol.dispose]();
    outcomes[what] = 'done';
  } catch (error) {
    const { name, code, errno, syscall, message } = error as NodeJS.ErrnoException;
    outcomes[what] = { name, code, errno, syscall, message };
  }
}

const standing = SharedMemory.create({ size: 10, track: process.argv[2] === 'after' });
const lock = Lock.create({ track: process.argv[2] === 'after' });
process.on('exit', () => {
  standing.unlink();
  lock.unlink();
});
const fds: number[] = [];
try {
  for (;;) fds.push(openSync('/dev/null', 'r'));
} catch (error) {
  outcomes['node'] = (error as NodeJS.ErrnoException).code;
}
attempt('create', () => SharedMemory.create({ size: 10 }));
attempt('attach', () => SharedMemory.attach(standing.name));
attempt('read-only', () => SharedMemory.attach(standing.name, { readOnly: true }));
attempt('lock', () => Lock.create());
attempt('attach lock', () => Lock.attach(lock.name));
attempt('semaphore', () => Semaphore.create({ value: 2 }));
standing.buf.write('usable');
outcomes['standing'] = `${standing.buf.toString('latin1', 0, 6)} ${lock.tryAcquire()}`;
for (const fd of fds) closeSync(fd);
attempt('again', () => SharedMemory.create({ size: 10 }));
attempt('lock again', () => Lock.create());
setImmediate(() => {
  console.log(JSON.stringify({ ...outcomes, warnings }));
});
