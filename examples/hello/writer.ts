/**
 * Leaves 256 numbers in shared memory, and ends.
 *
 *     node out/examples/hello/writer.js NAME
 */
import { SharedArray } from 'named-shm';

const [name = ''] = process.argv.slice(2);

// What a program makes goes with it. `track: false` keeps this: somebody else has to remove it.
const numbers = SharedArray.create('int32', [256], { name, track: false });
for (let i = 0; i < numbers.data.length; i += 1) numbers.data[i] = i * i;
numbers.shm.close();
console.log(`wrote 256 squares, process ${process.pid} ends`);
