import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemNames } from './system-names';

declare global {
  var systemNamesBefore: string[];
}

export default function beforeAll(): void {
  // Journals of their own: a test must not sweep what the developer's other programs left.
  process.env['NAMED_SHM_JOURNAL_DIR'] = mkdtempSync(path.join(tmpdir(), 'named-shm-test-'));
  globalThis.systemNamesBefore = systemNames();
}
