/**
 * Reads the numbers that a program left which has ended, and removes them.
 *
 *     node out/examples/hello/reader.js NAME
 */
import { SharedArray } from 'named-shm';

const [name = ''] = process.argv.slice(2);

// Type and shape are agreed on beforehand: the segment holds the bytes of the numbers alone.
const numbers = SharedArray.attach(name, 'int32', [256]);
const sum = numbers.data.reduce((total, value) => total + value, 0);
console.log(
  `read ${numbers.data.length} numbers, the last is ${numbers.get(-1)}, their sum ${sum}`,
);
numbers.shm.close();
numbers.shm.unlink();
