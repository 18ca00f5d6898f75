/**
 * Draws frames into a double buffer: one is drawn while the other one is looked at.
 *
 *     node out/examples/producer-consumer/producer.js MEMORY FREE FULL FRAMES SIZE
 */
import { Semaphore, SharedMemory } from 'named-shm';
import { HEADER_BYTES, now, SLOTS } from './frames';

const [memory = '', freeName = '', fullName = '', frames = '', size = ''] = process.argv.slice(2);
using shm = SharedMemory.attach(memory);
using free = Semaphore.attach(freeName);
using full = Semaphore.attach(fullName);
const slotBytes = HEADER_BYTES + Number(size);
const slots = Array.from({ length: SLOTS }, (_, i) => ({
  header: shm.view('float64', i * slotBytes, 2),
  pixels: shm.view('uint8', i * slotBytes + HEADER_BYTES, Number(size)),
}));

for (let index = 0; index < Number(frames); index += 1) {
  // Waits for the consumer to be done with the frame that was there: it is never overwritten.
  if (!free.acquireSync({ timeout: 20_000 })) throw new Error('the consumer does not come on');
  const { header, pixels } = slots[index % SLOTS] as (typeof slots)[number];
  pixels.fill(index & 255);
  header.set([now(), index]);
  full.release();
}
console.log(`produced ${frames} frames`);
