import { inC, inNode, inPython, type Task } from '../harness/program';
import { startRally } from '../harness/partners';
import type { Row } from '../harness/row';

function blocking(): Task {
  const { ping, pong } = startRally('blocking');
  return (operations) => {
    for (let done = 0; done < operations; done += 1) {
      ping.release();
      pong.acquireSync();
    }
  };
}

export const roundTrip: Row = {
  name: 'round-trip',
  lines: [
    {
      title: 'to another process and back: release, acquireSync',
      ours: inNode(blocking),
      yardsticks: [
        { title: 'two semaphores in C', program: inC('round_trip'), reach: { atMost: 1.2 } },
        { title: "CPython's semaphores", program: inPython('lock', 'round-trip') },
      ],
    },
  ],
};
