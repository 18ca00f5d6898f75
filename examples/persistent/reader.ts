/**
 * Reads what is in the file, and prints it as JSON.
 *
 *     node out/examples/persistent/reader.js FILE
 */
import { MappedFile } from 'named-shm';
import { RECORD_BYTES, readRecord } from './records';

export interface Contents {
  readonly ids: readonly number[];
  /** The text of the last record. */
  readonly last: string;
  /** The places of records of which there is only a part. */
  readonly torn: readonly number[];
  /** How many places have nothing. */
  readonly empty: number;
}

function readAll(path: string): Contents {
  using file = MappedFile.open(path, { readOnly: true });
  const ids: number[] = [];
  const torn: number[] = [];
  let last = '';
  let empty = 0;
  for (let place = 0; place < file.size / RECORD_BYTES; place += 1) {
    const found = readRecord(file, place);
    if (found === 'torn') torn.push(place);
    else if (found === 'empty') empty += 1;
    else {
      ids.push(found.id);
      last = found.text;
    }
  }
  return { ids, last, torn, empty };
}

console.log(JSON.stringify(readAll(process.argv[2] ?? '')));
