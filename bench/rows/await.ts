import { inNode, type Task } from '../harness/program';
import { sendAndHear, startMessagePartner, startRally } from '../harness/partners';
import type { Row } from '../harness/row';

function awaited(): Task {
  const { ping, pong } = startRally('awaiting');
  return async (operations) => {
    for (let done = 0; done < operations; done += 1) {
      ping.release();
      await pong.acquire();
    }
  };
}

async function message(): Promise<Task> {
  return sendAndHear(await startMessagePartner(), 0);
}

export const awaiting: Row = {
  name: 'await',
  lines: [
    {
      title: 'to another process and back: release, await acquire',
      ours: inNode(awaited),
      yardsticks: [
        {
          title: "child_process: send, on 'message'",
          program: inNode(message),
          reach: { atMost: 1 },
        },
      ],
    },
  ],
};
