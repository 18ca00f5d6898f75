/**
 * Adds one to the first item of a shared list, and tells what it saw and did.
 *
 *     node out/examples/tour/list.js NAME
 */
import { inspect } from 'node:util';
import { ShareableList } from 'named-shm';

const [name = ''] = process.argv.slice(2);
using list = ShareableList.attach(name);

console.log(inspect(list.toArray(), { breakLength: Infinity }));

const before = Number(list.get(0));
list.set(0, before + 1);
console.log(`[0]  ${before} → ${inspect(list.get(0))}`);
