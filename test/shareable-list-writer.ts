import { parentPort, workerData } from 'node:worker_threads';
import { ShareableList } from 'named-shm';
import { ASSIGNED_IN_TURN } from './shareable-list-fixtures';

// Assigns these to item 0, over and over, until item 1 is true.

using list = ShareableList.attach(workerData as string);
parentPort?.postMessage('begun');
while (list.get(1) === false) for (const value of ASSIGNED_IN_TURN) list.set(0, value);
