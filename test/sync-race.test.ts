// Programs that create or attach to the same name at the same moment: one of them creates, and
// nobody sees anything half made.
import { SharedMemory } from 'named-shm';
import { rounds } from './support/slowness';
import type { Peer } from './support/sync-peer';
import { useStage } from './support/sync-stage';
import type * as work from './support/sync-work';

const stage = useStage();
const PROGRAMS = rounds(32);
const ROUNDS = rounds(200);

test(`${PROGRAMS} programs, ${ROUNDS} rounds`, async () => {
  const peers = await Promise.all(
    Array.from({ length: PROGRAMS }, (): Promise<Peer> => stage.peer('a process')),
  );
  const programs = peers.map((peer) => peer.at<typeof work>('work'));
  for (let round = 0; round < ROUNDS; round += 1) {
    const name = stage.name();
    const seen = await Promise.all(
      programs.map((program, index) => program.call('meet', name, PROGRAMS, index + round)),
    );
    for (const thing of ['memory', 'mutex', 'rwLock', 'event'] as const) {
      const creators = seen.filter(({ created }) => created.includes(thing));
      expect([round, thing, creators.length]).toEqual([round, thing, 1]);
    }
    const memory = SharedMemory.attach(`${name}.memory`);
    expect([...memory.view('int32', 0, 2)]).toEqual([PROGRAMS, PROGRAMS]);
    memory.close();
    await Promise.all(programs.map((program) => program.call('part')));
    expect(stage.present()).toEqual([]);
  }
}, 180_000);
