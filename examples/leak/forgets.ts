/**
 * Makes a segment of 1 MiB, and does not remove it itself.
 *
 *     node out/examples/leak/forgets.js keeps NAME     says that it should stay, and nobody removes it
 *     node out/examples/leak/forgets.js killed NAME    does it right, but is killed
 *     node out/examples/leak/forgets.js right NAME     does it right
 */
import { SharedMemory } from 'named-shm';

const [how = '', name = ''] = process.argv.slice(2);

const shm = SharedMemory.create({ name, size: 1 << 20, track: how !== 'keeps' });
shm.buf.fill(how);
console.log('made it');
if (how === 'killed') setInterval(() => undefined, 1000);
