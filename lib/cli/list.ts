import type { ShareableList } from '..';
import type { Command } from 'commander';
import { writeJson, writeOut } from './output';
import { type Column, formatTable } from './table';

const LONGEST_SHOWN = 60;

type Value = ReturnType<ShareableList['get']>;

interface Item {
  readonly index: number;
  readonly type: 'int' | 'float' | 'bool' | 'none' | 'str' | 'bytes';
  readonly value: Value;
}

const COLUMNS: readonly Column<Item>[] = [
  { title: 'INDEX', text: ({ index }) => String(index), right: true },
  { title: 'TYPE', text: ({ type }) => type },
  { title: 'VALUE', text: ({ value }) => cut(show(value)) },
];

const JSON_NOTE = `
With --json an item is { index, type, value }. A value that JSON has no way to write is a string:
an int beyond 2^53 its decimal digits, a float "NaN", "Infinity", "-Infinity" or "-0", bytes their
base64.`;

export function addList(program: Command): void {
  program
    .command('list')
    .description("show a ShareableList's items, whether Node or Python made it")
    .argument('<name>', 'the segment that holds the list')
    .option('--json', 'print an array of items')
    .addHelpText('after', JSON_NOTE)
    .action(list);
}

async function list(name: string, { json }: { readonly json?: true }): Promise<void> {
  const { ShareableList } = await import('../index.js');
  using shared = ShareableList.attach(name);
  const items = itemsOf(shared);
  await (json
    ? writeJson(items.map((item) => ({ ...item, value: toJson(item.value) })))
    : writeOut(formatTable(COLUMNS, items)));
}

function itemsOf(shared: ShareableList): Item[] {
  // Nothing but its format tells a float that is integer-valued from an int.
  const formats = shared.format.match(/q|d|x+\?x*|\d+s/g) ?? [];
  return shared
    .toArray()
    .map((value, index) => ({ index, type: typeOf(value, formats[index]), value }));
}

/** In Python's words, which are those of the format. */
function typeOf(value: Value, format: string | undefined): Item['type'] {
  switch (typeof value) {
    case 'number':
      return format === 'd' ? 'float' : 'int';
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'str';
    default:
      return value === null ? 'none' : 'bytes';
  }
}

function toJson(value: Value): string | number | boolean | null {
  if (typeof value === 'number') return isJsonNumber(value) ? value : showNumber(value);
  if (typeof value === 'bigint') return String(value);
  return Buffer.isBuffer(value) ? value.toString('base64') : value;
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function show(value: Value): string {
  if (typeof value === 'number') return showNumber(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return Buffer.isBuffer(value) ? showBytes(value) : String(value);
}

function showNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** As Python writes bytes: what is ASCII as it is, the rest as \xff. */
function showBytes(bytes: Buffer): string {
  const text = bytes
    .toString('latin1')
    .replace(/["\\]/g, '\\$&')
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `b"${text}"`;
}

/** By whole characters. JSON has everything. */
function cut(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= LONGEST_SHOWN) return text;
  return `${characters.slice(0, LONGEST_SHOWN - 1).join('')}…`;
}
