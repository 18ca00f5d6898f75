/**
 * Takes a mutex, changes the first of two numbers that should be the same, and does not get further:
 * it is killed there.
 *
 *     node out/examples/counter/victim.js MEMORY MUTEX
 */
import { Mutex, SharedArray } from 'named-shm';

const [memory = '', mutexName = ''] = process.argv.slice(2);
const counter = SharedArray.attach(memory, 'int32', [2]);
const mutex = Mutex.attach(mutexName);
mutex.acquireSync();
counter.data[0] = -1_000_000;
console.log('half-way');
setInterval(() => undefined, 1000);
