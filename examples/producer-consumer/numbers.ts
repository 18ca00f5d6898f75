/**
 * Waits until the numbers are there, and adds them up.
 *
 *     node out/examples/producer-consumer/numbers.js MEMORY FULL
 */
import { Semaphore, SharedArray } from 'named-shm';

const [memory = '', fullName = ''] = process.argv.slice(2);
using numbers = SharedArray.attach(memory, 'float64', [100], { readOnly: true });
using full = Semaphore.attach(fullName);
console.log('ready');
if (!full.acquireSync({ timeout: 20_000 })) throw new Error('nothing comes');
console.log(numbers.data.reduce((sum, value) => sum + value, 0));
