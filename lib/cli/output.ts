import { fstatSync, writeSync } from 'node:fs';

let intoFile: boolean | undefined;

/**
 * Writes everything to standard output. The bytes can be changed again when it has come back, and
 * a slow reader makes it wait: no more than one chunk is ever in memory.
 */
export async function writeOut(data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  intoFile ??= fstatSync(1).isFile();
  if (intoFile) {
    // Node's stream for files takes a short write, as on a disk that is almost full, for a whole
    // one, and loses the rest without a word.
    for (let done = 0; done < bytes.length;) done += writeSync(1, bytes, done);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** One JSON document, and nothing else on standard output. */
export function writeJson(document: unknown): Promise<void> {
  return writeOut(`${JSON.stringify(document, null, 2)}\n`);
}

/** A remark for people: standard output is for programs. */
export function remark(text: string): void {
  process.stderr.write(`named-shm: ${text}\n`);
}
