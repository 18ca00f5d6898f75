/**
 * Hashes what is in a segment, of which it knows the name and how many bytes that is: the segment
 * may be longer, as Windows and macOS round up.
 *
 *     node out/examples/tour/hash.js NAME BYTES
 */
import { createHash } from 'node:crypto';
import { SharedMemory } from 'named-shm';

const PART = 16 * 1024 * 1024;

const [name = '', bytes = ''] = process.argv.slice(2);
const end = Number(bytes);

// Who only reads asks for no right to write.
using shm = SharedMemory.attach(name, { readOnly: true });

const hash = createHash('sha256');
// Part by part, as no single Buffer is as large as a segment can be. No part is copied.
for (let offset = 0; offset < end; offset += PART)
  hash.update(shm.view('uint8', offset, Math.min(PART, end - offset)));
console.log(hash.digest('hex'));
