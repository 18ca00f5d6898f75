import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { Semaphore } from 'named-shm';

const partner = path.join(__dirname, 'partner.js');

/** A ball goes out by `ping`, and comes back by `pong`. */
export interface Rally {
  readonly ping: Semaphore;
  readonly pong: Semaphore;
}

/** Two semaphores, and a partner of that kind who plays with them; the first ball is back. */
export function startRally(kind: string, ...names: string[]): Rally {
  const ping = Semaphore.create({ value: 0 });
  const pong = Semaphore.create({ value: 0 });
  // Only standard error: what it prints is no answer to the harness.
  const stdio = ['ignore', 'ignore', 'inherit'] as const;
  const args = [partner, kind, ping.name, pong.name, ...names];
  endWithUs(spawn(process.execPath, args, { stdio: [...stdio] }));
  ping.release();
  pong.acquireSync();
  return { ping, pong };
}

/** A partner at the other end of Node's own channel, there and ready. */
export async function startMessagePartner(): Promise<ChildProcess> {
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const child = fork(partner, ['messages'], { serialization: 'advanced', stdio: [...stdio] });
  endWithUs(child);
  await once(child, 'message');
  child.channel?.unref();
  return child;
}

function endWithUs(child: ChildProcess): void {
  child.unref();
  process.once('exit', () => child.kill('SIGKILL'));
}

/** Sends a message so many times, each when the last one is answered. */
export function sendAndHear(child: ChildProcess, message: number | Uint8Array) {
  return (operations: number): Promise<void> =>
    new Promise((resolve) => {
      let done = 0;
      const next = (): void => {
        if (done === operations) {
          child.off('message', next);
          child.channel?.unref();
          resolve();
          return;
        }
        done += 1;
        child.send(message);
      };
      child.channel?.ref();
      child.on('message', next);
      next();
    });
}
