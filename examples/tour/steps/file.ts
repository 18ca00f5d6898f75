import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import * as path from 'node:path';
import { SharedMemory, SharedResourceError } from 'named-shm';
import { DemoError } from '../../support/demo-error';
import { expectSame } from '../../support/expect';
import { startNode } from '../../support/programs';
import { startPython } from '../../support/python';
import { formatCount, formatTime, row } from '../../support/report';
import type { Tour } from '../tour';

const PART = 16 * 1024 * 1024;
const SLOWEST_BYTES_PER_MS = 20_000;

/** Puts the file into a segment; programs that know only the segment's name and its size hash it. */
export async function shareFile({ file, python, made }: Tour): Promise<string> {
  const size = await sizeOfFile(file);
  using shm = createFor(file, size);
  made.push({ kind: 'segment', name: shm.name });
  row('segment', `${shm.name}, ${formatCount(shm.size)} bytes`);

  const begin = performance.now();
  await readInto(shm, file, size);
  row('filled', `with ${path.basename(file)} in ${formatTime(performance.now() - begin)}`);

  const options = { deadlineMs: 30_000 + shm.size / SLOWEST_BYTES_PER_MS };
  const args = [shm.name, String(size)];
  const programs = [
    { label: 'Node', program: startNode('tour/hash', args, options) },
    ...(python
      ? [{ label: 'Python', program: startPython(python, 'tour/hash', args, options) }]
      : []),
  ];
  const expected = await hashOfFile(file);
  row('file', show(expected));
  for (const { label, program } of programs) {
    const [hash = ''] = await program.lines;
    row(label, show(hash));
    expectSame(`what ${label} hashed`, hash, expected);
  }
  // Attaching is not owning: a program that ends takes nothing away from the others.
  SharedMemory.attach(shm.name).close();
  row('segment', 'still there after the programs have ended');
  return python ? 'Node and Python see the bytes of the file' : 'Node sees the bytes of the file';
}

/** @throws DemoError where the path is no file that can be read and has something in it. */
export async function sizeOfFile(file: string): Promise<number> {
  const status = await attempt(stat(file)); // Not open(): that waits at a named pipe.
  if (!status.isFile()) throw new DemoError(`can't use ${file}: it is not a regular file`, 2);
  await (await attempt(open(file))).close();
  if (status.size === 0) throw new DemoError(`can't use ${file}: it is empty`, 2);
  return status.size;
}

async function attempt<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new DemoError(`can't use the file: ${(error as Error).message}`, 2);
  }
}

function createFor(file: string, size: number): SharedMemory {
  try {
    return SharedMemory.create({ size });
  } catch (error) {
    if (!(error instanceof SharedResourceError)) throw error;
    throw new DemoError(`can't share ${file}: ${error.message}`, 1);
  }
}

/** From the disk right into shared memory: the program has no copy of its own. */
async function readInto(shm: SharedMemory, file: string, size: number): Promise<void> {
  const handle = await open(file);
  try {
    for (let offset = 0; offset < size;) {
      const part = shm.view('uint8', offset, Math.min(PART, size - offset));
      const { bytesRead } = await handle.read(part, 0, part.length, offset);
      if (bytesRead === 0) throw new DemoError(`${file} became shorter while it was read`, 1);
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** @param padding - zeros that follow the file: macOS rounds segments up to whole pages. */
async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part as Buffer);
  return hash.digest('hex');
}

function show(hash: string): string {
  return `sha256 ${hash.slice(0, 32)}…`;
}
