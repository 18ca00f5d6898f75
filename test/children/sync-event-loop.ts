// Programs that only wait. What they do is their first argument, the gate's label the second.
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { setTimeout as delay } from 'node:timers/promises';
import { type Gate, LONG_MS } from '../support/sync-gates';
import { type Kind, KINDS } from '../support/sync-kinds';

const [deed = '', label = '', name = ''] = process.argv.slice(2);

function kindOf(wanted: string): Kind {
  const kind = KINDS.find((each) => each.label === wanted);
  if (!kind) throw new Error(`no ${wanted}`);
  return kind;
}

/** As many handles of one gate, and the one that opens it. */
function shutGates(kind: Kind, count: number): [Gate, Gate[]] {
  const keeper = kind.create();
  const gates = Array.from({ length: count }, () => kind.attach(keeper.name));
  keeper.shut();
  return [keeper, gates];
}

/** A barrier is broken by whoever does not pass. */
function mend(kind: Kind, keeper: Gate): void {
  if (!kind.staysOpen) keeper.shut();
}

const deeds: Readonly<Record<string, () => Promise<void>>> = {
  /** Waits, with nothing else to do: a timer that counts for nothing runs only meanwhile. */
  async wait() {
    const passing = kindOf(label).attach(name).pass();
    setTimeout(() => {
      console.log('still here');
    }, 50).unref();
    console.log(await passing);
  },

  /** Waits in every way that ends, and leaves everything open. */
  async end() {
    for (const kind of KINDS) {
      const [keeper, [gate, other]] = shutGates(kind, 2) as [Gate, [Gate, Gate]];
      await gate.pass({ timeout: 1 });
      mend(kind, keeper);
      await gate.pass({ signal: AbortSignal.timeout(1) }).catch(() => undefined);
      mend(kind, keeper);
      const ended = other.pass().catch(() => undefined);
      setImmediate(() => {
        other.close();
      });
      await ended;
      if (kind.staysOpen) await keeper.open();
      const passing = gate.pass();
      if (!kind.staysOpen) await keeper.open();
      await passing;
    }
    console.log('nothing left to wait for');
  },

  /** Uses libuv's threads, of which there is one, while there are 64 waits. */
  async pool() {
    const passes: Promise<boolean>[] = [];
    const opens: (() => Promise<void>)[] = [];
    let pending = 0;
    const kinds = KINDS.filter(({ staysOpen }) => staysOpen);
    for (const kind of kinds) {
      const [keeper, gates] = shutGates(kind, Math.ceil(64 / kinds.length));
      opens.push(keeper.open);
      for (const gate of gates) {
        pending += 1;
        passes.push(
          gate.pass({ timeout: LONG_MS }).then((passed) => {
            pending -= 1;
            gate.leave();
            return passed;
          }),
        );
      }
    }
    const before = pending;
    const file = await readFile(__filename);
    const packed = await promisify(gzip)(file);
    const { address } = await lookup('localhost');
    console.log(JSON.stringify([before, pending, packed.length > 0, address !== '']));
    for (const open of opens) await open();
    console.log((await Promise.all(passes)).every(Boolean));
  },

  /** How many milliseconds of the processor 64 waits on each gate need in a second. */
  async idle() {
    const opens: (() => Promise<void>)[] = [];
    const passing: Promise<void>[] = [];
    for (const kind of KINDS.filter(({ staysOpen }) => staysOpen)) {
      const [keeper, [gate]] = shutGates(kind, 1) as [Gate, [Gate]];
      opens.push(keeper.open);
      for (let wait = 0; wait < 64; wait += 1) passing.push(gate.pass().then(gate.leave));
    }
    await delay(200); // The threads have begun.
    const before = process.cpuUsage();
    await delay(1000);
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000);
    for (const open of opens) await open();
    await Promise.all(passing);
  },
};

void deeds[deed]?.();
