// A Mutex knows its holder by a random token, and that it lives by a lock that the kernel keeps
// with the open file: process numbers, which are reused and mean another process in another
// namespace, play no part. Shown in namespaces of processes, where numbers can be had again.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Mutex } from 'named-shm';
import { Program } from './support/programs';
import { useStage } from './support/sync-stage';

const stage = useStage();
const NEW_NAMESPACE = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const allowed = spawnSync('unshare', [...NEW_NAMESPACE, 'true']).status === 0;
const children = path.join(__dirname, '..', 'out', 'test', 'children');

/** A program that is number 1 of a namespace of its own. */
function startApart(...args: readonly string[]): Program {
  const file = path.join(children, 'sync-pid-namespace.js');
  return stage.keepRunning(
    new Program('unshare', [...NEW_NAMESPACE, process.execPath, file, ...args]),
  );
}

test('the cell holds no process number', () => {
  const mutex = stage.keep(Mutex.create({ name: stage.name() }));
  const owners = new Set<bigint>();
  for (let handle = 0; handle < 8; handle += 1) {
    const each = stage.keep(Mutex.attach(mutex.name));
    each.acquireSync();
    const owner = readFileSync(`/dev/shm/${mutex.name}`).readBigUInt64LE(32);
    owners.add(owner & ((1n << 61n) - 1n));
    each.release();
  }
  expect(owners.size).toBe(8);
  expect([...owners].every((owner) => owner > 1n << 32n)).toBe(true);
});

(allowed ? test : test.skip)(
  'across namespaces: alive while it lives, and dead after',
  async () => {
    const mutex = stage.keep(Mutex.create({ name: stage.name() }));
    const child = startApart('hold', mutex.name);
    expect(await child.line()).toBe('1 holds');
    expect(mutex.acquireSync({ timeout: 250 }).acquired).toBe(false);
    child.child.kill('SIGKILL');
    await child.exit;
    expect(await mutex.acquire()).toEqual({ acquired: true, ownerDied: true });
  },
);

(allowed ? test : test.skip)(
  'its number belongs to another process by now: it is dead',
  async () => {
    const mutex = stage.keep(Mutex.create({ name: stage.name() }));
    const child = startApart('reuse', mutex.name);
    const [reused, acquisition] = JSON.parse(await child.line()) as unknown[];
    // Where the system does not let one choose numbers, at least the rest has been shown.
    expect([true, 'not allowed']).toContainEqual(reused);
    expect(acquisition).toEqual({ acquired: true, ownerDied: true });
    expect(await child.exit).toMatchObject({ code: 0 });
  },
);
