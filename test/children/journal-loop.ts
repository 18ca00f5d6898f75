// journal-loop.js NAME [worker]
// Makes and removes, without a pause, segments and a lock of that name and one like it, until it
// is killed: in the main thread or in a Worker. Prints a line when it starts.
import { writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { Lock, SharedMemory } from 'named-shm';

const [name = '', thread] = process.argv.slice(2);

function loop(): never {
  writeSync(1, 'started\n');
  for (;;) {
    using segment = SharedMemory.create({ name, size: 100 });
    const lock = Lock.create({ name });
    using copy = SharedMemory.create({ name: `${name}-copy`, size: 8192, content: segment.buf });
    copy.view('uint8');
    lock.close();
    lock.unlink();
  }
}

if (isMainThread && thread === 'worker') new Worker(__filename, { argv: [name] });
else loop();
