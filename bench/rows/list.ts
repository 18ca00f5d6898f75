import { type ListItem, ShareableList } from 'named-shm';
import { inNode, inPython, type Task } from '../harness/program';
import type { Line, Row } from '../harness/row';

const LENGTH = 8;

/** Two items of each kind, to be stored in turns: bench/py/shareable_list.py has the same. */
const ITEMS = {
  int: [42, 1234567],
  float: [3.14, -0.5],
  str: ['frame', 'camera'],
} as const satisfies Record<string, readonly [ListItem, ListItem]>;

type Kind = keyof typeof ITEMS;

function listOf(kind: Kind): ShareableList {
  return ShareableList.create(Array.from({ length: LENGTH }, () => ITEMS[kind][1]));
}

function get(kind: Kind): Task {
  const list = listOf(kind);
  return (operations) => {
    let last: ListItem | undefined;
    for (let done = 0; done < operations; done += 1) last = list.get(done % LENGTH);
    if (last !== ITEMS[kind][1]) throw new Error('the list returned something else');
  };
}

function set(kind: Kind): Task {
  const list = listOf(kind);
  const [even, odd] = ITEMS[kind];
  return (operations) => {
    for (let done = 0; done < operations; done += 1)
      list.set(done % LENGTH, done % 2 === 0 ? even : odd);
  };
}

function lineOf(kind: Kind, access: 'get' | 'set', setUp: () => Task): Line {
  return {
    title: `ShareableList ${access}, ${kind}`,
    ours: inNode(setUp),
    yardsticks: [
      {
        title: "CPython's",
        program: inPython('shareable_list', access, kind),
        reach: { atLeast: 20 },
      },
    ],
  };
}

export const list: Row = {
  name: 'list',
  lines: (Object.keys(ITEMS) as Kind[]).flatMap((kind) => [
    lineOf(kind, 'get', () => get(kind)),
    lineOf(kind, 'set', () => set(kind)),
  ]),
};
