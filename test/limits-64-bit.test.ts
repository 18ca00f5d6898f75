import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { type Exit, startChild } from './support/programs';

const script = path.join(__dirname, '..', 'scripts', 'node-versions.js');
const versions = JSON.parse(
  execFileSync(process.execPath, [script, 'list'], { encoding: 'utf8' }),
) as { readonly version: string; readonly path: string }[];

const GIB = 2 ** 30;

function resultOf(exit: Exit): unknown {
  expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
  return JSON.parse(exit.stdout.trimEnd().split('\n').at(-1) as string);
}

describe.each(versions)('a segment of 5 GiB on Node $version', ({ version, path: node }) => {
  test('is seen by another program through views beyond 4 GiB, both ways', async () => {
    await using creator = startChild('limits-beyond-4-gib', ['create'], { node });
    const name = await creator.line();
    const attached = startChild('limits-beyond-4-gib', ['attach', name], { node });
    const answer = resultOf(await attached.exit);
    creator.tell('go on');
    expect(resultOf(await creator.exit)).toEqual({
      size: 5 * GIB,
      answer: -5,
      listed: true,
      // Windows lets nobody make a segment shorter.
      ...(process.platform !== 'win32' && {
        missing: 0,
        truncated: expect.objectContaining({ code: 'ERR_SHM_TRUNCATED' }) as object,
      }),
    });
    const tooLarge = (what: string) => ({
      name: 'RangeError',
      code: 'ERR_SHM_RANGE',
      message: expect.stringMatching(
        `^a ${what} of ${5 * GIB} bytes: Node ${version} has none above ${4 * GIB} \\(4 GiB\\)\\. `,
      ) as string,
    });
    const small = version.startsWith('20.');
    expect(answer).toEqual({
      size: 5 * GIB,
      read: [1.5, 2.5, 9],
      readOnlyToo: 1.5,
      buf: small ? tooLarge('Buffer') : [5 * GIB, 1.5, 9],
      whole: small ? tooLarge('view') : (5 * GIB) / 8,
      data: small ? tooLarge('view') : [9, GIB],
      part: 0,
      beyond: expect.objectContaining({ name: 'RangeError', code: 'ERR_SHM_RANGE' }) as object,
    });
  });
});
