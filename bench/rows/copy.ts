import { SharedMemory } from 'named-shm';
import { inC, inNode } from '../harness/program';
import type { Line, Row } from '../harness/row';

const SIZES = { '64 KiB': 1 << 16, '1 MiB': 1 << 20, '16 MiB': 1 << 24, '64 MiB': 1 << 26 };

/** Bytes in and out of place once, so that every page is there before the first round. */
function warmSegment(bytes: number): SharedMemory {
  const shm = SharedMemory.create({ size: bytes });
  shm.buf.fill(1);
  return shm;
}

function lineOf(
  title: string,
  bytes: number,
  setUp: (shm: SharedMemory, source: Buffer) => () => void,
): Line {
  return {
    title,
    bytes,
    ours: inNode(() => {
      const copyOnce = setUp(warmSegment(bytes), Buffer.alloc(bytes, 2));
      return (operations) => {
        for (let done = 0; done < operations; done += 1) copyOnce();
      };
    }),
    yardsticks: [
      {
        title: 'memcpy into a segment in C',
        program: inC('copy', 'segment', String(bytes)),
        reach: { atLeast: 0.9 },
      },
      {
        title: 'memcpy into private memory in C',
        program: inC('copy', 'private', String(bytes)),
      },
    ],
  };
}

export const copy: Row = {
  name: 'copy',
  lines: Object.entries(SIZES).flatMap(([size, bytes]) => [
    lineOf(`copy ${size}: view.set(source)`, bytes, (shm, source) => {
      const view = shm.view('uint8');
      return () => {
        view.set(source);
      };
    }),
    lineOf(`copy ${size}: source.copy(shm.buf)`, bytes, (shm, source) => () => {
      source.copy(shm.buf);
    }),
  ]),
};
