/**
 * Writes its records, each at its own place in a file that others write to as well.
 *
 *     node out/examples/persistent/writer.js FILE FIRST COUNT
 */
import { MappedFile } from 'named-shm';
import { writeRecord } from './records';

async function main([path = '', first = '', count = '']: readonly string[]): Promise<void> {
  using file = MappedFile.open(path);
  for (let id = Number(first); id < Number(first) + Number(count); id += 1)
    writeRecord(file, id, { id, text: `record ${id} by process ${process.pid} ✍️` });
  await file.flush(); // For the day the power fails: the end of this program needs none.
  console.log(`wrote ${count}`);
}

void main(process.argv.slice(2));
