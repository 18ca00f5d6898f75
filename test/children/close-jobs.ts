import { pbkdf2, randomFill, randomUUID, scrypt, subtle } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { deflate, gzip } from 'node:zlib';

/** A file of some bytes that has no name any more. */
export function openScratchFile(bytes: number): number {
  const file = path.join(tmpdir(), `nshm-scratch-${randomUUID()}`);
  fs.writeFileSync(file, Buffer.alloc(bytes, 0x77), { mode: 0o600, flag: 'wx' });
  const fd = fs.openSync(file, 'r+');
  fs.unlinkSync(file);
  return fd;
}

type Done = (error: Error | null | undefined) => void;

const JOBS: readonly ((buf: Buffer<ArrayBuffer>, fd: number, done: Done) => void)[] = [
  (buf, _fd, done) => {
    randomFill(buf, done);
  },
  (buf, _fd, done) => {
    deflate(buf, { level: 1 }, done);
  },
  (buf, _fd, done) => {
    gzip(buf.subarray(buf.length >> 1), { level: 1 }, done);
  },
  (buf, fd, done) => {
    fs.read(fd, buf, 0, buf.length, 0, done);
  },
  (buf, fd, done) => {
    fs.write(fd, buf, 0, buf.length, 0, done);
  },
  (buf, fd, done) => {
    fs.readv(fd, [buf.subarray(0, 100), buf.subarray(100)], 0, done);
  },
  (buf, _fd, done) => {
    pbkdf2(buf.subarray(0, 4096), buf.subarray(4096, 8192), 5, 64, 'sha256', done);
  },
  (buf, _fd, done) => {
    scrypt(buf.subarray(0, 64), buf.subarray(64, 128), 32, { N: 64 }, done);
  },
  (buf, _fd, done) => {
    subtle.digest('SHA-256', buf).then(() => {
      done(null);
    }, done);
  },
];

/** How many jobs `startJobs` starts. */
export const JOB_COUNT = JOBS.length;

/**
 * Starts one job of each kind that Node gives to its threads, all on the same Buffer, and calls
 * `onEnd` for each when it has ended.
 */
export function startJobs(buf: Buffer<ArrayBuffer>, fd: number, onEnd: Done = throwIt): void {
  for (const start of JOBS) start(buf, fd, onEnd);
}

function throwIt(error: Error | null | undefined): void {
  if (error) throw error;
}
