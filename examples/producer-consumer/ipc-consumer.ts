/** The consumer without shared memory: it is sent each frame over child_process IPC. */
import { isOfFrame, now, type Received } from './frames';

export type Sent =
  { readonly done: number; readonly index: number; readonly pixels: Uint8Array } | 'over';

const handoverMs: number[] = [];
let wrong = 0;
let begin = 0;

process.on('message', (sent: Sent) => {
  begin ||= now();
  if (sent === 'over') {
    const received: Received = {
      frames: handoverMs.length,
      wrong,
      handoverMs,
      milliseconds: now() - begin,
    };
    process.send?.(received);
    return;
  }
  handoverMs.push(now() - sent.done);
  if (sent.index !== handoverMs.length - 1 || !isOfFrame(sent.pixels, sent.index)) wrong += 1;
  process.send?.('next');
});
