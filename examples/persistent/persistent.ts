import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { MappedFile } from 'named-shm';
import { expectSame } from '../support/expect';
import { integer, parseOptions } from '../support/options';
import { atEnd, startNode } from '../support/programs';
import { formatCount, row, step } from '../support/report';
import type { Contents } from './reader';
import { RECORD_BYTES } from './records';

const USAGE = `Usage: npm run demo -- persistent [options]

Shared memory that lasts: several processes write records into one file, and one is killed.

  --processes N        (default: 4)
  --records N          of each (default: 1000)`;

export async function run(args: readonly string[]): Promise<number> {
  const word = { type: 'string' } as const;
  const options = parseOptions(args, { processes: word, records: word }, USAGE);
  if (options === undefined) return 0;
  const processes = integer('processes', options.processes, { byDefault: 4, max: 64 });
  const each = integer('records', options.records, { byDefault: 1000, min: 2, max: 1_000_000 });

  const folder = mkdtempSync(path.join(tmpdir(), 'named-shm-persistent-'));
  atEnd(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const where = path.join(folder, 'records');
  const total = processes * each;

  const held = [
    await step(`${processes} processes write, each at its own places`, async () => {
      using file = MappedFile.open(where, { create: true, size: total * RECORD_BYTES });
      row('file', `${formatCount(file.size)} bytes, room for ${formatCount(total)} records`);
      const writers = Array.from({ length: processes }, (_, i) =>
        startNode('persistent/writer', [where, String(i * each), String(each)]),
      );
      for (const writer of writers) row('writer', (await writer.lines).join(' '));
      return 'no lock is needed where nobody writes what another one writes';
    }),
    await step('All have ended: what is in the file?', async () => {
      const { ids, last } = await contentsOf(where);
      row('the last', last);
      expectSame(
        'their ids',
        ids,
        Array.from({ length: total }, (_, i) => i),
      );
      return 'every record, with the right checksum';
    }),
    await step('The file grows, and a writer is killed in the middle of a record', async () => {
      using file = MappedFile.open(where);
      file.resize((total + each) * RECORD_BYTES);
      row('file', `${formatCount(file.size)} bytes`);
      const victim = startNode('persistent/victim', [where, String(total), String(each - 2)]);
      await victim.firstLine;
      await victim.kill();
      return 'kill -9, and nothing was flushed';
    }),
    await step('What is in the file now?', async () => {
      const { ids, torn, empty } = await contentsOf(where);
      row('torn', `at place ${torn.join(', ')}: its checksum is wrong, so it is not returned`);
      expectSame(
        'what was found',
        { records: ids.length, torn, empty },
        { records: total + each - 2, torn: [total + each - 2], empty: 1 },
      );
      return 'all that it had finished, and the half record is known for what it is';
    }),
  ];
  return held.every(Boolean) ? 0 : 1;
}

/** A program that knows the file's path and nothing else reads it. */
async function contentsOf(where: string): Promise<Contents> {
  const [json = ''] = await startNode('persistent/reader', [where]).lines;
  const contents = JSON.parse(json) as Contents;
  const { ids, torn, empty } = contents;
  row('records', `${formatCount(ids.length)} whole, ${torn.length} torn, ${empty} places empty`);
  return contents;
}
