import * as path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { DemoError } from './demo-error';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O & { help: { type: 'boolean'; short: 'h' } } }>
>['values'];

/** A demo's options, or undefined where its usage was asked for, and told. */
export function parseOptions<const O extends Options>(
  args: readonly string[],
  options: O,
  usage: string,
): Values<O> | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    });
    if ((values as { help?: boolean }).help !== true) return values;
  } catch (error) {
    throw new DemoError((error as Error).message, 2);
  }
  console.log(usage);
  return undefined;
}

/** An option that is a whole number. @throws DemoError where it is not, or out of the range. */
export function integer(
  name: string,
  text: string | undefined,
  range: { readonly byDefault: number; readonly min?: number; readonly max: number },
): number {
  const { byDefault, min = 1, max } = range;
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new DemoError(`--${name} ${text}: not a whole number from ${min} to ${max}`, 2);
}

/** An option that is one of some words. */
export function oneOf<const T extends string>(
  name: string,
  text: string | undefined,
  words: readonly [T, ...T[]],
): T {
  if (text === undefined) return words[0];
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new DemoError(`--${name} ${text}: not one of ${words.join(', ')}`, 2);
}

/** A path as the user means it: npm runs its scripts in the package's folder, not in theirs. */
export function userPath(file: string): string {
  const from = process.env['npm_lifecycle_event'] === 'demo' ? process.env['INIT_CWD'] : undefined;
  return path.resolve(from ?? '.', file);
}
