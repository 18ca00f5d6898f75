import { rmSync } from 'node:fs';
import { systemNames } from './system-names';

export default function afterAll(): void {
  rmSync(process.env['NAMED_SHM_JOURNAL_DIR'] as string, { recursive: true, force: true });
  const left = systemNames().filter((name) => !globalThis.systemNamesBefore.includes(name));
  if (left.length > 0) throw new Error(`the suite left in /dev/shm: ${left.join(', ')}`);
}
