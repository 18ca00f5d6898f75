// The other program of a round trip: node partner.js KIND [NAME...]. It answers until the program
// that started it ends.
import { Semaphore, SharedMemory } from 'named-shm';

/** After so many milliseconds without a ball it looks whether the other one is still there. */
const LOOK_UP_MS = 1000;

const [kind = '', ...names] = process.argv.slice(2);
const starter = process.ppid;

function endWithStarter(): void {
  if (process.ppid !== starter) process.exit();
}

function attachAll(): [Semaphore, Semaphore] {
  const [ping = '', pong = ''] = names;
  return [Semaphore.attach(ping), Semaphore.attach(pong)];
}

function blocking(): void {
  const [ping, pong] = attachAll();
  for (;;) {
    if (ping.acquireSync({ timeout: LOOK_UP_MS })) pong.release();
    else endWithStarter();
  }
}

async function awaiting(): Promise<void> {
  const [ping, pong] = attachAll();
  for (;;) {
    if (await ping.acquire({ timeout: LOOK_UP_MS })) pong.release();
    else endWithStarter();
  }
}

/** Looks at the first and the last byte of what it is handed, as whoever uses it would. */
function receiving(): void {
  const [ping, pong] = attachAll();
  using shm = SharedMemory.attach(names[2] ?? '');
  const bytes = shm.view('uint8');
  for (;;) {
    if (!ping.acquireSync({ timeout: LOOK_UP_MS })) endWithStarter();
    else if (bytes[0] === bytes[bytes.length - 1]) pong.release();
    else throw new Error('not what was handed over');
  }
}

/** The same over the channel that Node has between a program and its child. */
function messages(): void {
  process.on('message', (message: number | Uint8Array) => {
    if (typeof message !== 'number' && message[0] !== message[message.length - 1])
      throw new Error('not what was handed over');
    process.send?.(0);
  });
  process.once('disconnect', () => process.exit());
  process.send?.(0);
}

const kinds: Readonly<Record<string, () => void | Promise<void>>> = {
  blocking,
  awaiting,
  receiving,
  messages,
};
void kinds[kind]?.();
