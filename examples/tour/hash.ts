/**
 * Hashes a segment of which it knows nothing but the name.
 *
 *     node out/examples/tour/hash.js NAME
 */
import { createHash } from 'node:crypto';
import { SharedMemory } from 'named-shm';

const PART = 16 * 1024 * 1024;

const [name = ''] = process.argv.slice(2);

// Who only reads asks for no right to write.
using shm = SharedMemory.attach(name, { readOnly: true });

const hash = createHash('sha256');
// Part by part, as no single Buffer is as large as a segment can be. No part is copied.
for (let offset = 0; offset < shm.size; offset += PART)
  hash.update(shm.view('uint8', offset, Math.min(PART, shm.size - offset)));
console.log(hash.digest('hex'));
