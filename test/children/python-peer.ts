// What CPython's own tests let a second process do: write NAME TEXT, or manage.
import { SharedMemory, SharedMemoryManager } from 'named-shm';

/** Attaches by the name that it was sent, writes, and says how that went. */
function write(name: string, text: string): void {
  try {
    using shm = SharedMemory.attach(name);
    shm.buf.write(text);
    console.log('written');
  } catch (error) {
    console.log((error as { code: string }).code);
  }
}

/** Has a manager, which it asks for another list when it is interrupted. */
function manage(): void {
  const manager = new SharedMemoryManager();
  const list = manager.list([0, 1, 2]);
  process.on('SIGINT', () => {
    console.log(manager.list([3, 4, 5]).name);
  });
  process.stdin.resume();
  console.log(list.name); // Last: now it may be interrupted.
}

const [deed, name = '', text = ''] = process.argv.slice(2);
if (deed === 'write') write(name, text);
else manage();
