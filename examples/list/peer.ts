/**
 * Changes a list that another program made.
 *
 *     node out/examples/list/peer.js NAME
 */
import { ShareableList } from 'named-shm';

const [name = ''] = process.argv.slice(2);
using list = ShareableList.attach(name);
console.log(list.toArray());
list.set(0, (list.get(0) as number) + 1);
list.set(1, (list.get(1) as number) * 2);
list.set(2, 'changed ✅'); // at most as many bytes as were there at first
list.set(3, Buffer.from([0, 255]));
list.set(5, false);
