// Workflows run on machines that are not here: what they call at least exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';

const root = path.join(__dirname, '..');
const folder = path.join(root, '.github', 'workflows');

interface Job {
  readonly needs?: readonly string[];
  readonly 'runs-on': string;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Of other projects' making, or npm's own. */
const OTHERS = /^(npm ci( --ignore-scripts)?|npm publish --provenance .*|apk add [\w\s.+-]+)$/;

function exists(command: string): boolean {
  const [program = '', ...args] = command.split(' ');
  if (OTHERS.test(command)) return true;
  if (command === 'npm test') return 'test' in scripts;
  if (program === 'npm' && args[0] === 'run') return (args[1] ?? '') in scripts;
  const file = program === 'npx' ? args.at(-1) : args[0];
  return ['node', 'bash', 'npx'].includes(program) && existsSync(path.join(root, file as string));
}

describe.each(readdirSync(folder))('%s', (file) => {
  const { jobs } = parse(readFileSync(path.join(folder, file), 'utf8')) as {
    jobs: Record<string, Job>;
  };

  test('each step is an action or a command that is there', () => {
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    expect(steps.length).toBeGreaterThan(0);
    const unknown = steps.filter(
      ({ uses, run }) =>
        !(uses === undefined
          ? exists((run ?? '').replace(/ "\$\w+"$/, ''))
          : /^actions\/[\w-]+@v\d+$/.test(uses)),
    );
    expect(unknown).toEqual([]);
  });

  test('each job needs jobs that are there', () => {
    for (const { needs = [], 'runs-on': runner } of Object.values(jobs)) {
      expect(Object.keys(jobs)).toEqual(expect.arrayContaining([...needs]));
      expect(runner).toBeTruthy();
    }
  });
});
