import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { uniqueName } from './support/own-journals';
import { startChild } from './support/programs';
import { rounds } from './support/slowness';
import { systemNames } from './support/system-names';

interface NodeVersion {
  readonly version: string;
  readonly path: string;
}

const script = path.join(__dirname, '..', 'scripts', 'node-versions.js');
const versions = JSON.parse(
  execFileSync(process.execPath, [script, 'list'], { encoding: 'utf8' }),
) as NodeVersion[];

const ROUNDS = 1000;
const JOBS = 9;
const DEADLINE = { deadlineMs: 240_000 };

describe.each(versions)('on Node $version', ({ version, path: node }) => {
  const isRunning = version === process.versions.node;

  test(
    'closing segments while zlib, crypto and fs work on them harms nobody',
    async () => {
      const options = { node, nodeArgs: ['--expose-gc'], ...DEADLINE };
      const exit = await startChild('close-in-flight', ['rounds', `${ROUNDS}`], options).exit;
      expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
      const { inFlight, seen } = JSON.parse(exit.stdout) as { inFlight: number; seen: number };
      expect(seen).toBe(0);
      // In the third of the rounds that close in the same tick it is all of them, for certain.
      expect(inFlight).toBeGreaterThan((ROUNDS / 3) * JOBS);
    },
    DEADLINE.deadlineMs,
  );

  test(
    'Workers are terminated with segments open and jobs in flight, and nothing is left',
    async () => {
      const count = rounds(isRunning ? 500 : 50);
      const args = ['ends', `${count}`, 'terminated'];
      const exit = await startChild('close-workers', args, { node, ...DEADLINE }).exit;
      expect(exit).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(JSON.parse(exit.stdout)).toEqual({ ended: count, left: [] });
    },
    DEADLINE.deadlineMs,
  );

  test('process.exit() with jobs in flight ends the program as it should', async () => {
    const prefix = uniqueName('close-exit');
    const ends = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        return startChild('close-in-flight', ['exit', `${prefix}_${i}`], { node }).exit;
      }),
    );
    for (const exit of ends)
      expect(exit).toEqual({ code: 7, signal: null, stdout: '', stderr: '' });
    expect(systemNames().filter((name) => name.startsWith(prefix))).toEqual([]);
  });
});
