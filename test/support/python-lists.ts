import { type ListItem, ShareableList } from 'named-shm';
import { type Kind, type PythonList, type PythonServer } from './python-server';

/** Who makes a list, and whose class Python then uses it with. */
export interface Pairing {
  readonly maker: Kind | 'Node';
  readonly user: Kind;
}

/** All that can work: stock 3.8 reads its own layout alone, and only it writes that one. */
export function pairings({ minor }: PythonServer): Pairing[] {
  const always: Pairing[] = [
    { maker: 'stock', user: 'stock' },
    { maker: 'stock', user: 'named_shm' },
    { maker: 'named_shm', user: 'named_shm' },
    { maker: 'Node', user: 'named_shm' },
  ];
  if (minor === 8) return always;
  return [...always, { maker: 'named_shm', user: 'stock' }, { maker: 'Node', user: 'stock' }];
}

export type ListValue = ReturnType<ShareableList['get']>;

/** An item as Python writes it and says it (its repr), and as we write it and read it. */
export interface Example {
  readonly python: string;
  readonly ours: ListItem;
  /** @default what we write */
  readonly reads?: ListValue;
}

/** What we read. */
export function valueOf({ ours, reads = ours as ListValue }: Example): ListValue {
  return ours instanceof Uint8Array ? Buffer.from(ours) : reads;
}

export function literal(examples: readonly Example[]): string {
  return `[${examples.map(({ python }) => python).join(', ')}]`;
}

/** One list, open on both sides for as long as `use` takes, and gone then. */
export async function withList(
  python: PythonServer,
  { maker, user }: Pairing,
  examples: readonly Example[],
  use: (ours: ShareableList, theirs: PythonList) => Promise<void>,
): Promise<void> {
  if (maker === 'Node') {
    using ours = ShareableList.create(examples.map((example) => example.ours));
    await using theirs = await python.attachList(user, ours.name);
    await use(ours, theirs);
  } else {
    await using made = await python.createList(maker, literal(examples));
    await using theirs = await python.attachList(user, made.name);
    using ours = ShareableList.attach(made.name);
    await use(ours, theirs);
  }
}
