/**
 * Writes records and does not get to the end of the last one: it is killed there, without a flush.
 *
 *     node out/examples/persistent/victim.js FILE FIRST COUNT
 */
import { MappedFile } from 'named-shm';
import { RECORD_BYTES, writeRecord } from './records';

const [path = '', first = '', count = ''] = process.argv.slice(2);
const file = MappedFile.open(path);
let id = Number(first);
for (; id < Number(first) + Number(count); id += 1)
  writeRecord(file, id, { id, text: `record ${id}, whole` });
// What writeRecord does, up to the middle of the text.
file.buf.writeUInt32LE(id, id * RECORD_BYTES + 4);
file.buf.writeUInt32LE(40, id * RECORD_BYTES + 8);
file.buf.write('half of a rec', id * RECORD_BYTES + 12);
console.log('half-way');
setInterval(() => undefined, 1000);
