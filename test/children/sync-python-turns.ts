// Meets other programs at conditions and events: GAME NAMED SEGMENT TIMES ME PARTIES WAY, as
// test/python/sync_turns.py does. It says "ready", and begins once it is told to, blocking or (WAY
// is async) awaiting.
import { Condition, type ConditionNames, Event, type EventNames, SharedMemory } from 'named-shm';

const [game, json = '', segmentName = '', ...rest] = process.argv.slice(2);
const [times = 0, me = 0, parties = 0] = rest.map(Number);
const isAsync = rest[3] === 'async';
const named = JSON.parse(json) as unknown;
const words = SharedMemory.attach(segmentName).view('int32');

function isMyTurn(): boolean {
  return Atomics.load(words, 0) % parties === me;
}

/** Waits for its turn, and passes it on to all. */
async function condition(): Promise<void> {
  const changed = Condition.attach(named as ConditionNames);
  for (let i = 0; i < times; i += 1) {
    if (isAsync) {
      await changed.run(async () => {
        await changed.waitFor(isMyTurn);
        Atomics.add(words, 0, 1);
        await changed.notifyAll();
      });
    } else {
      changed.acquireSync();
      changed.waitForSync(isMyTurn);
      Atomics.add(words, 0, 1);
      changed.notifyAllSync();
      changed.release();
    }
  }
}

/** Waits for its own event, and sets that of the next. */
async function events(): Promise<void> {
  const names = named as EventNames[];
  const mine = Event.attach(names[me] as EventNames);
  const after = Event.attach(names[(me + 1) % parties] as EventNames);
  for (let i = 0; i < times; i += 1) {
    const isSet = isAsync ? await mine.wait() : mine.waitSync();
    if (!isSet) throw new Error('woken by an event that is not set');
    if (isAsync) await mine.clear();
    else mine.clearSync();
    Atomics.add(words, 0, 1);
    if (isAsync) await after.set();
    else after.setSync();
  }
}

/** Sets, clears and waits at one event, in an order of its own. */
async function storm(): Promise<void> {
  const event = Event.attach(named as EventNames);
  for (let turn = 0; turn < times; turn += 1) {
    const choice = (turn * (me + 2)) % 7;
    const way = choice < 2 ? 'set' : choice < 4 ? 'clear' : 'wait';
    const timeout = way === 'wait' ? 1 : undefined;
    if (isAsync) await event[way]({ timeout });
    else event[`${way}Sync`]({ timeout });
  }
}

const GAMES = { condition, events, storm };

process.stdin.once('data', () => {
  process.stdin.destroy();
  void GAMES[game as keyof typeof GAMES]().then(() => {
    console.log('done');
  });
});
console.log('ready');
