// Makes what is not there yet, and removes it at once, as often as argument 2 says, while others do
// the same: prints how often each call failed, by its code.
import * as namedShm from 'named-shm';

const [prefix = '', rounds] = process.argv.slice(2);
type Made = Disposable & { unlink(): void };
const makers: Readonly<Record<string, (name: string) => Made>> = {
  SharedMemory: (name) => namedShm.SharedMemory.createOrAttach({ name, size: 8 }),
  Semaphore: (name) => namedShm.Semaphore.createOrAttach({ name }),
  Mutex: (name) => namedShm.Mutex.createOrAttach({ name }),
  RwLock: (name) => namedShm.RwLock.createOrAttach({ name }),
  Event: (name) => namedShm.Event.createOrAttach({ name }),
  Barrier: (name) => namedShm.Barrier.createOrAttach({ name, parties: 2 }),
};

const failures: Record<string, number> = {};
function count(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Somebody else was faster.
    if (what === 'unlink' && code === 'ENOENT') return;
    const key = `${what}: ${code ?? message}`;
    failures[key] = (failures[key] ?? 0) + 1;
  }
}

for (const [kind, make] of Object.entries(makers)) {
  for (let round = 0; round < Number(rounds); round += 1) {
    count(kind, () => {
      using thing = make(`${prefix}.${kind}`);
      count('unlink', () => {
        thing.unlink();
      });
    });
  }
}
console.log(JSON.stringify(failures));
