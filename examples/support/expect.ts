import { inspect, isDeepStrictEqual } from 'node:util';

/** @throws where what a demo saw is not what it promises. */
export function expectSame(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what} is wrong\nexpected  ${show(expected)}\nbut it is ${show(actual)}`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity, depth: 4 });
}
