import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { userName } from '../users';
import { type Check, ok, readText, warning } from './check';

const FIRST_ORDINARY_USER = 1000;

// logind.conf(5): a drop-in hides one of the same name in a later folder of this list.
const FOLDERS = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'];

const LINGER = '/var/lib/systemd/linger';

/**
 * Whether the session manager removes this user's segments, semaphores too, when the last session
 * ends: programs that go on, in tmux or by cron, lose the names under their feet.
 */
export function checkRemoveIpc(): Check {
  const id = 'remove-ipc';
  if (!existsSync('/run/systemd/system')) return ok(id, 'no systemd that could remove segments');
  if (!readRemoveIpc()) return ok(id, 'systemd leaves segments alone (RemoveIPC=no)');
  const uid = process.getuid?.() ?? 0;
  const username = userName(uid);
  if (uid < FIRST_ORDINARY_USER)
    return ok(id, "systemd removes no system user's segments (RemoveIPC)");
  if (existsSync(path.join(LINGER, username)))
    return ok(id, `systemd removes nothing while ${username} lingers (RemoveIPC)`);
  return warning(
    id,
    `systemd removes all segments of ${username} at the end of the last session (RemoveIPC=yes)`,
    `loginctl enable-linger ${username}; or RemoveIPC=no under [Login] in /etc/systemd/logind.conf.d/named-shm.conf, then systemctl restart systemd-logind`,
  );
}

function readRemoveIpc(): boolean {
  const main = FOLDERS.map((folder) => path.join(folder, 'logind.conf')).find(existsSync);
  const dropIns = new Map<string, string>();
  for (const folder of FOLDERS.map((parent) => path.join(parent, 'logind.conf.d'))) {
    for (const file of listFolder(folder))
      if (!dropIns.has(file)) dropIns.set(file, path.join(folder, file));
  }
  const sorted = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  let value = true; // systemd's default
  for (const file of main === undefined ? sorted : [main, ...sorted]) {
    for (const [, word = ''] of (readText(file) ?? '').matchAll(/^\s*RemoveIPC\s*=\s*(\w*)/gm))
      value = word === '' || /^(1|y|yes|t|true|on)$/i.test(word);
  }
  return value;
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => file.endsWith('.conf'));
  } catch {
    return [];
  }
}
