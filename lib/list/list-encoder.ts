import { show } from '../core/arguments';
import { typeError } from '../core/errors';
import { type ListItem, slotSizeFor, writeItem } from './item-writer';
import { ListLayout } from './list-layout';

/**
 * A list's bytes, complete before there is a segment for them.
 *
 * @throws TypeError on what is no iterable; as `neededBytes` for an item.
 */
export function encodeList(items: Iterable<ListItem>): Uint8Array {
  if (typeof (items as Iterable<ListItem> | undefined)?.[Symbol.iterator] !== 'function')
    throw typeError('ERR_SHM_TYPE', `items must be an iterable, not ${show(items)}`);
  const values = [...items];
  const slotSizes = values.map((value, i) => slotSizeFor(value, i));
  const layout = ListLayout.make(slotSizes);
  let start = layout.dataStart;
  for (let i = 0; i < values.length; i += 1) {
    writeItem(layout, i, start, values[i] as ListItem);
    start += slotSizes[i] as number;
  }
  return layout.bytes;
}
