import { setImmediate } from 'node:timers/promises';
import type { Task } from './program';

const OPERATIONS_PER_TURN = 100;

/**
 * The operation over and over, with turns of the event loop in between: only there does Node
 * finalize what the garbage collector found, and that is part of what an operation costs.
 */
export function withTurns(operation: () => void): Task {
  return async (operations) => {
    for (let done = 0; done < operations; done += 1) {
      operation();
      if (done % OPERATIONS_PER_TURN === OPERATIONS_PER_TURN - 1) await setImmediate();
    }
  };
}
