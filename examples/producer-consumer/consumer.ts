/**
 * Looks at each frame in the double buffer, where it is, and says how it went.
 *
 *     node out/examples/producer-consumer/consumer.js MEMORY FREE FULL FRAMES SIZE
 */
import { Semaphore, SharedMemory } from 'named-shm';
import { HEADER_BYTES, isOfFrame, now, type Received, SLOTS } from './frames';

const [memory = '', freeName = '', fullName = '', frames = '', size = ''] = process.argv.slice(2);
using shm = SharedMemory.attach(memory, { readOnly: true });
using free = Semaphore.attach(freeName);
using full = Semaphore.attach(fullName);
const slotBytes = HEADER_BYTES + Number(size);
const slots = Array.from({ length: SLOTS }, (_, i) => ({
  header: shm.view('float64', i * slotBytes, 2),
  pixels: shm.view('uint8', i * slotBytes + HEADER_BYTES, Number(size)),
}));
const handoverMs: number[] = [];
let wrong = 0;

console.log('ready');
const begin = now();
for (let index = 0; index < Number(frames); index += 1) {
  if (!full.acquireSync({ timeout: 20_000 })) throw new Error('the producer does not come on');
  const { header, pixels } = slots[index % SLOTS] as (typeof slots)[number];
  const [done = 0, number] = header;
  handoverMs.push(now() - done);
  if (number !== index || !isOfFrame(pixels, index)) wrong += 1;
  free.release();
}
const received: Received = {
  frames: Number(frames),
  wrong,
  handoverMs,
  milliseconds: now() - begin,
};
console.log(JSON.stringify(received));
