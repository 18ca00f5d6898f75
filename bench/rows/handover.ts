import { SharedMemory } from 'named-shm';
import { inNode, type Task } from '../harness/program';
import { sendAndHear, startMessagePartner, startRally } from '../harness/partners';
import type { Row } from '../harness/row';

const BYTES = 32 << 20;

/** What is handed over lies in the segment already: that is where a program would make it. */
function bySegment(): Task {
  const shm = SharedMemory.create({ size: BYTES });
  shm.buf.fill(1);
  const { ping, pong } = startRally('receiving', shm.name);
  return (operations) => {
    for (let done = 0; done < operations; done += 1) {
      ping.release();
      pong.acquireSync();
    }
  };
}

async function byMessage(): Promise<Task> {
  return sendAndHear(await startMessagePartner(), Buffer.alloc(BYTES, 1));
}

export const handover: Row = {
  name: 'handover',
  lines: [
    {
      title: '32 MiB handed to another process, and its answer',
      ours: inNode(bySegment),
      yardsticks: [
        {
          title: "child_process: send, on 'message'",
          program: inNode(byMessage),
          reach: { atLeast: 1000 },
        },
      ],
    },
  ],
};
