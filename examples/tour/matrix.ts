/**
 * Sees a segment as a float64 matrix, and negates its last cell.
 *
 *     node out/examples/tour/matrix.js NAME ROWS COLUMNS
 *
 * The segment holds the numbers and nothing else: type and shape travel beside the name.
 */
import { SharedArray } from 'named-shm';

const [name = '', rows, columns] = process.argv.slice(2);
using matrix = SharedArray.attach(name, 'float64', [Number(rows), Number(columns)]);

console.log(`SharedArray: ${matrix.dtype}, shape (${matrix.shape.join(', ')})`);
const cells = Array.from({ length: Number(rows) }, (_, i) => [...matrix.row(i)]);
console.log(JSON.stringify(cells));

const before = matrix.get(-1, -1);
matrix.set(-1, -1, -before);
console.log(`[-1, -1]  ${before} → ${matrix.get(-1, -1)}`);
