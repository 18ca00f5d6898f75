import type { Row } from '../harness/row';
import { copy } from './copy';
import { elements } from './elements';
import { list } from './list';
import { segment } from './segment';

/** In the order of the design's table of speeds. */
export const rows: readonly Row[] = [segment, elements, copy, list];
