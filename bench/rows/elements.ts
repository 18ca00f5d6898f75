import { type DType, SharedMemory, type TypedArrayOf } from 'named-shm';
import { inNode, type Task } from '../harness/program';
import type { Line, Row } from '../harness/row';

/** Few enough that all of them stay in the first-level cache. */
const COUNT = 2048;

/** "The same": the rest is the noise between two runs of one and the same program. */
const reach = { atMost: 1.05 };

type Numbers = Uint8Array | Int32Array | Float32Array | Float64Array;

// One pass over the elements. A process calls just one of these, with one kind of array, so that
// the compiler makes of it what it would in a program for that kind.

function sum(array: Numbers): number {
  let total = 0;
  for (let i = 0; i < array.length; i += 1) total += array[i] as number;
  return total;
}

function addToEach(array: Numbers): number {
  for (let i = 0; i < array.length; i += 1) array[i] = (array[i] as number) + 1;
  return array[0] as number;
}

function sumBig(array: BigInt64Array): bigint {
  let total = 0n;
  for (let i = 0; i < array.length; i += 1) total = BigInt.asIntN(64, total + (array[i] as bigint));
  return total;
}

function addToEachBig(array: BigInt64Array): bigint {
  for (let i = 0; i < array.length; i += 1) array[i] = (array[i] as bigint) + 1n;
  return array[0] as bigint;
}

function lineOf<D extends DType>(
  dtype: D,
  what: string,
  make: (length: number) => TypedArrayOf<D>,
  pass: (array: TypedArrayOf<D>) => unknown,
): Line {
  const over = (arrayOf: () => TypedArrayOf<D>) => (): Task => {
    const array = arrayOf();
    return (operations) => {
      for (let done = 0; done < operations; done += 1) pass(array);
    };
  };
  const privateArray = make(COUNT);
  return {
    title: `${dtype} view: ${what}, per element`,
    elements: COUNT,
    ours: inNode(over(() => SharedMemory.create({ size: privateArray.byteLength }).view(dtype))),
    yardsticks: [
      {
        title: `a private ${privateArray.constructor.name}`,
        program: inNode(over(() => make(COUNT))),
        reach,
      },
    ],
  };
}

export const elements: Row = {
  name: 'elements',
  lines: [
    lineOf('uint8', 'sum', (n) => new Uint8Array(n), sum),
    lineOf('uint8', 'add 1', (n) => new Uint8Array(n), addToEach),
    lineOf('int32', 'sum', (n) => new Int32Array(n), sum),
    lineOf('int32', 'add 1', (n) => new Int32Array(n), addToEach),
    lineOf('float32', 'sum', (n) => new Float32Array(n), sum),
    lineOf('float32', 'add 1', (n) => new Float32Array(n), addToEach),
    lineOf('float64', 'sum', (n) => new Float64Array(n), sum),
    lineOf('float64', 'add 1', (n) => new Float64Array(n), addToEach),
    lineOf('int64', 'sum', (n) => new BigInt64Array(n), sumBig),
    lineOf('int64', 'add 1', (n) => new BigInt64Array(n), addToEachBig),
  ],
};
