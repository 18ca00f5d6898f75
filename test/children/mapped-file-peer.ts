// Uses a mapped file as another program would. Prints a line for each thing done.
//
//   mapped-file-peer open FILE SIZE      "ready"; for a line, opens with create, prints whether made
//   mapped-file-peer write FILE          writes 1, 2, 3 … without a flush, until it is killed
//   mapped-file-peer cut FILE            uses it without a pause; prints "cut", then what is thrown
//   mapped-file-peer full FILE SIZE      the codes of opening, growing and of writing to a full disk
//   mapped-file-peer jobs FILE           zlib, crypto and fs work on it while it is resized and closed
//   mapped-file-peer flush FILE          flushes while all of libuv's threads are taken

import { pbkdf2 } from 'node:crypto';
import { createInterface } from 'node:readline';
import { MappedFile } from 'named-shm';
import { JOB_COUNT, openScratchFile, startJobs } from './close-jobs';

const [scenario = '', path = '', size = ''] = process.argv.slice(2);

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code ?? String(error);
  }
  return undefined;
}

function open(): void {
  console.log('ready');
  const reader = createInterface({ input: process.stdin });
  reader.once('line', () => {
    using file = MappedFile.open(path, { create: true, size: Number(size) });
    console.log(JSON.stringify({ created: file.created, size: file.size }));
    reader.close();
  });
}

function write(): void {
  using file = MappedFile.open(path);
  const numbers = file.view('uint32');
  console.log('ready');
  for (;;) for (let i = 0; i < numbers.length; i += 1) (numbers[i] as number) += 1;
}

function cut(): void {
  using file = MappedFile.open(path);
  const bytes = file.view('uint8');
  console.log('cut');
  let code: unknown;
  for (let turn = 0; code === undefined; turn += 1) {
    for (let at = 0; at < bytes.length; at += 4096) bytes[at] = turn;
    code = codeOf(() => file.buf);
  }
  const others = [
    () => file.view('int8'),
    () => {
      file.flushSync();
    },
    () => {
      file.resize(1);
    },
  ];
  console.log(JSON.stringify([code, ...others.map(codeOf)]));
}

function full(): void {
  const bytes = Number(size);
  const codes = [codeOf(() => MappedFile.open(path, { create: true, size: bytes }))];
  using file = MappedFile.open(path, { create: true, size: 4096 });
  codes.push(
    codeOf(() => {
      file.resize(bytes);
    }),
  );
  file.buf[0] = 1;
  codes.push(file.size, file.buf[0]);
  using sparse = MappedFile.open(`${path}-sparse`, { create: true, size: bytes, reserve: false });
  sparse.buf.fill(1); // More than there is room for.
  codes.push(codeOf(() => sparse.buf));
  console.log(JSON.stringify(codes));
}

async function jobs(): Promise<void> {
  const bytes = 64 * 4096;
  const scratch = openScratchFile(bytes);
  let ended = 0;
  // Windows makes none shorter that is mapped.
  const other = process.platform === 'win32' ? 3 * bytes : 4096;
  for (let round = 0; round < 60; round += 1) {
    using file = MappedFile.open(`${path}-${round}`, { create: true, size: bytes });
    await new Promise<void>((resolve) => {
      const before = ended;
      startJobs(file.buf, scratch, (error) => {
        if (error) throw error;
        ended += 1;
        if (ended - before === JOB_COUNT) resolve();
      });
      if (round % 3 === 0) file.close();
      else file.resize(round % 3 === 1 ? other : 2 * bytes);
    });
    if (round % 3 !== 0 && file.buf.length !== file.size) throw new Error('not of its size');
  }
  console.log(JSON.stringify({ ended }));
}

async function flush(): Promise<void> {
  using file = MappedFile.open(path, { create: true, size: 1 << 20 });
  let computed = 0;
  for (let i = 0; i < 16; i += 1) {
    pbkdf2('', '', 100_000, 64, 'sha512', () => {
      computed += 1;
    });
  }
  file.buf.fill(7);
  await file.flush();
  console.log(JSON.stringify({ before: computed < 16 }));
}

const scenarios: Record<string, () => unknown> = { open, write, cut, full, jobs, flush };
void scenarios[scenario]?.();
