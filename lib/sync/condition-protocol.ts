import { SharedResourceError } from '../core/errors';
import type { Lock } from './lock';
import { Deadline, type Protocol } from './protocol';
import type { RLock } from './rlock';
import { timeoutError } from './run-holding';
import type { Semaphore } from './semaphore';

/**
 * What CPython's Condition consists of. `sleeping` counts who has begun to wait, `woken` who has
 * ended since, and `wait` is what they sleep on.
 */
export interface ConditionParts {
  readonly lock: Lock | RLock;
  readonly sleeping: Semaphore;
  readonly woken: Semaphore;
  readonly wait: Semaphore;
}

/**
 * Waits to be notified, with the lock released; it is held again at the end, whatever that is.
 * False when the timeout has passed.
 */
export function* conditionWait(
  { lock, sleeping, woken, wait }: ConditionParts,
  timeout: number | undefined,
): Protocol<boolean> {
  sleeping.release();
  const depth = lock.releaseAll();
  try {
    return yield { on: wait, timeout, abortable: true };
  } finally {
    // In this order: who notifies holds the lock until each sleeper that it woke has said so.
    woken.release();
    yield { on: lock };
    lock.restore(depth);
  }
}

export interface NotifyOptions {
  /** Milliseconds. @default for ever */
  readonly timeout?: number | undefined;
  /** Whether the caller's signal ends it. @default true */
  readonly abortable?: boolean;
  /**
   * Whether what nobody took in time is taken back, as Python's programs expect it; who has not
   * noticed yet then sleeps on. Else it stays, and wakes somebody later for nothing.
   *
   * @default true
   */
  readonly takesBack?: boolean;
}

/**
 * Wakes up to `count` sleepers, and waits until they are awake. A sleeper that was killed never
 * says so: with a timeout that is an error instead of a wait without end.
 */
export function* conditionNotify(
  { lock, sleeping, woken, wait }: ConditionParts,
  count: number,
  { timeout, abortable = true, takesBack = true }: NotifyOptions = {},
): Protocol<void> {
  const deadline = new Deadline(timeout);
  // Who has given up waiting since the last time is no longer asleep.
  while (woken.tryAcquire()) {
    if (!sleeping.tryAcquire()) {
      throw new SharedResourceError(
        'ERR_SHM_CORRUPT',
        `condition of lock '${lock.name}' has more wakers than sleepers: a program used its semaphores otherwise`,
        { path: `/${woken.name}` },
      );
    }
  }
  let sleepers = 0;
  while (sleepers < count && sleeping.tryAcquire()) {
    wait.release();
    sleepers += 1;
  }
  let awake = 0;
  try {
    while (awake < sleepers) {
      if (!(yield { on: woken, timeout: deadline.left, abortable }))
        throw timeoutError(
          `${sleepers - awake} of those that sleep on the condition with the lock`,
          lock.name,
        );
      awake += 1;
    }
  } finally {
    while (takesBack && wait.tryAcquire()); // Meant for those who gave up, are dead, or asleep still.
    // Who has not said that it is awake counts as asleep: it will say so, unless it is dead.
    for (; awake < sleepers; awake += 1) sleeping.release();
  }
}
