// The first process of a namespace. `hold NAME`: holds the mutex until it is killed. `reuse NAME`:
// has a child that holds it and is killed, gives the child's number to another one, and takes it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Mutex } from 'named-shm';

const [deed, name = ''] = process.argv.slice(2);

/** The next process gets the number after this one. */
function numbersFollow(pid: number): boolean {
  try {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid));
    return true;
  } catch {
    return false;
  }
}

async function reuse(): Promise<void> {
  const holder = spawn(process.execPath, [__filename, 'hold', name]);
  await once(createInterface({ input: holder.stdout }), 'line');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const pid = holder.pid as number;
  let reused: boolean | string = numbersFollow(pid - 1) || 'not allowed';
  const other = spawn('sleep', ['1000']);
  if (reused === true) reused = other.pid === pid;
  console.log(JSON.stringify([reused, Mutex.attach(name).acquireSync({ timeout: 10_000 })]));
  other.kill('SIGKILL');
}

if (deed === 'reuse') {
  void reuse();
} else {
  const mutex = Mutex.attach(name);
  mutex.acquireSync();
  console.log(`${process.pid} holds`);
  // One that nobody can reach is closed by the garbage collector, and with it ends the holder.
  process.stdin.once('end', () => mutex.release()).resume();
}
