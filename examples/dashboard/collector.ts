/**
 * Collects one metric into its circular buffer until it is told to stop.
 *
 *     node out/examples/dashboard/collector.js METRIC MEMORY STOP
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Event, SharedMemory } from 'named-shm';
import { METRICS, type MetricName } from './metrics';
import { now, RingWriter } from './ring';

/** How often it looks whether it is to stop, in milliseconds. */
const LOOK_MS = 100;

async function main(metric: MetricName, memory: string, stopName: string): Promise<void> {
  using shm = SharedMemory.attach(memory);
  using stop = Event.attach(stopName);
  const ring = new RingWriter(shm);
  const { rate } = ring;
  const measure = METRICS[metric].start(rate);
  const parent = process.ppid;

  ring.begin();
  console.log('ready');
  const begin = now();
  let done = 0;
  let looked = begin;
  for (;;) {
    // No timer goes 10,000 times a second: each time it writes all samples that are due.
    const due = Math.floor(((now() - begin) * rate) / 1000);
    done = Math.max(done, due - rate); // What it has slept through is not made up.
    for (; done < due; done += 1) {
      const time = now();
      const lateness = time - begin - ((done + 1) * 1000) / rate;
      ring.write(time, measure(ring.position + 1, lateness));
    }
    ring.beat();
    if (now() - looked > LOOK_MS) {
      looked = now();
      // Not waited for: who is killed while it waits for an event keeps those who set it.
      if (stop.isSet) break;
      if (process.ppid !== parent) throw new Error('nobody is left to say stop');
    }
    await sleep(Math.max(1, Math.min(1000 / rate, LOOK_MS)));
  }
  ring.end();
}

const [metric = '', memory = '', stopName = ''] = process.argv.slice(2);
void main(metric as MetricName, memory, stopName);
