import { inspect } from 'node:util';
import { type ListItem, ShareableList } from 'named-shm';
import { expectSame } from '../../support/expect';
import { startNode } from '../../support/programs';
import { startPython } from '../../support/python';
import { row } from '../../support/report';
import type { Tour } from '../tour';

const BYTES = Buffer.from([0x00, 0xff]);

/** A list of every type that it can hold: each program sees the others' changes and makes one. */
export async function passListRound({ python, made }: Tour): Promise<string> {
  using list = ShareableList.create([42, 3.14, 'Hello! 🎉', BYTES, null, true]);
  made.push({ kind: 'segment', name: list.name });
  row('segment', list.name);

  row('tour', show([...list]));
  list.set(5, false);
  row('', `[5]  true → ${String(list.get(5))}`);

  const node = await startNode('tour/list', [list.name]).lines;
  report('Node', node);
  expectSame('what Node saw and did', node, [
    show([42, 3.14, 'Hello! 🎉', BYTES, null, false]),
    '[0]  42 → 43',
  ]);

  if (python) {
    const lines = await startPython(python, 'tour/list', [list.name]).lines;
    report('Python', lines);
    expectSame('what Python saw and did', lines, [
      String.raw`[43, 3.14, 'Hello! 🎉', b'\x00\xff', None, False]`,
      "[2]  'Hello! 🎉' → 'Hello! 🐍'",
    ]);
  }

  const text = python ? 'Hello! 🐍' : 'Hello! 🎉';
  row('tour', show([...list]));
  expectSame('what came back', show([...list]), show([43, 3.14, text, BYTES, null, false]));
  return 'each program saw what the others had changed';
}

function report(label: string, [saw = '', did = '']: readonly string[]): void {
  row(label, saw);
  row('', did);
}

function show(items: readonly ListItem[]): string {
  return inspect(items, { breakLength: Infinity });
}
