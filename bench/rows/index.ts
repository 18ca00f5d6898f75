import type { Row } from '../harness/row';
import { awaiting } from './await';
import { copy } from './copy';
import { elements } from './elements';
import { handover } from './handover';
import { list } from './list';
import { lock } from './lock';
import { roundTrip } from './round-trip';
import { segment } from './segment';

/** In the order of the design's table of speeds. */
export const rows: readonly Row[] = [
  segment,
  elements,
  copy,
  list,
  lock,
  roundTrip,
  awaiting,
  handover,
];
