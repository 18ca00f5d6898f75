import { binding, type WaitCallback } from '../binding';
import { type Failure, isFailure } from '../core/failure';
import { typeError } from '../core/errors';
import { show } from '../core/arguments';
import { onAbort } from './on-abort';

/** How often a wait that should end is told so, in milliseconds, until it has. */
const INTERRUPT_EVERY_MS = 5;

export interface AcquireOptions {
  /** Milliseconds. @default for ever */
  readonly timeout?: number | undefined;
  /** Ends the wait: the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal))
    throw typeError('ERR_SHM_TYPE', `signal must be an AbortSignal, not ${show(signal)}`);
  signal.throwIfAborted();
}

interface WaitToStart {
  /** Starts it on the native side; undefined where the object is closed. */
  readonly start: (callback: WaitCallback) => number | Failure | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The waits of one object that the event loop is waiting for. */
export class PendingWaits {
  readonly #interrupts = new Set<(reason: unknown) => void>();

  /**
   * Resolves with the native side's answer. Told to end, by the signal or by `endAll`, it is
   * rejected with the reason as soon as the native side has ended and nothing is held.
   */
  run({ start, signal }: WaitToStart): Promise<number | Failure | undefined> {
    return new Promise((resolve, reject) => {
      const told: { end?: { readonly reason: Error } } = {};
      let repeat: NodeJS.Timeout | undefined;
      const id = start((answer) => {
        forget?.();
        this.#interrupts.delete(interrupt);
        clearInterval(repeat);
        if (told.end === undefined) resolve(answer);
        else reject(told.end.reason);
      });
      if (id === undefined || isFailure(id)) {
        resolve(id);
        return;
      }
      const interrupt = (reason: unknown): void => {
        if (told.end !== undefined) return;
        told.end = { reason: reason as Error };
        binding.interruptWait(id);
        repeat = setInterval(() => {
          binding.interruptWait(id);
        }, INTERRUPT_EVERY_MS);
      };
      this.#interrupts.add(interrupt);
      const forget = signal && onAbort(signal, interrupt);
    });
  }

  endAll(reason: unknown): void {
    for (const interrupt of this.#interrupts) interrupt(reason);
  }
}
