import type { Clock } from '#kernel/ports/clock';

import type { PendingCall } from './pending-call.ts';
import type { Slots } from './slots.ts';

/** How late a deadline may be noticed. */
const lookMs = 20;

/** Calls that are answered within so many looks cost no signal and no timer of their own. */
const patientLooks = 5;

/** Node's longest timer. */
const longestMs = 2 ** 31 - 1;

type Ended = (call: PendingCall, why: 'late' | 'gone') => void;

/**
 * Watches over the deadlines and the callers of all that is pending on a connection, with one timer.
 * A caller's signal is costly to make, so it is first asked for when a call has been pending for a
 * while: until then an abort is noticed within a tenth of a second, and from then on at once.
 */
export class Watch {
  readonly #pending: Slots<PendingCall>;
  readonly #clock: Clock;
  readonly #ended: Ended;
  /** One listener for each signal, however many calls wait with it. */
  readonly #signals = new Map<AbortSignal, Set<PendingCall>>();
  #timer: NodeJS.Timeout | undefined;
  #isSoon = false;

  constructor(pending: Slots<PendingCall>, clock: Clock, ended: Ended) {
    this.#pending = pending;
    this.#clock = clock;
    this.#ended = ended;
  }

  /** Something more is pending. */
  look(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#arm(lookMs);
  }

  /** The call is no longer pending. */
  forget(call: PendingCall): void {
    if (!call.isWatched || !call.ctx) return;
    const { signal } = call.ctx;
    const calls = this.#signals.get(signal);
    if (!calls?.delete(call) || calls.size > 0) return;
    this.#signals.delete(signal);
    signal.removeEventListener('abort', this.#aborted);
  }

  stop(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals.keys()) signal.removeEventListener('abort', this.#aborted);
    this.#signals.clear();
  }

  readonly #sweep = (): void => {
    this.#isSoon = false;
    const now = this.#clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    let isYoung = false;
    for (const call of this.#pending.values()) {
      call.looks += 1;
      if (call.deadline <= now) this.#ended(call, 'late');
      else if (!call.isWatched && call.looks < patientLooks) isYoung = true;
      else if (!call.isWatched) this.#watch(call);
      soonest = Math.min(soonest, call.deadline);
    }
    if (isYoung) this.look();
    // Whatever is pending is watched by now: until the first deadline there is nothing to do.
    else if (this.#pending.size > 0 && !this.#isSoon) {
      this.#arm(Math.min(soonest - now, longestMs));
    }
  };

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#sweep, Math.max(1, ms));
  }

  #watch(call: PendingCall): void {
    call.isWatched = true;
    if (!call.ctx) return;
    const { signal } = call.ctx;
    const calls = this.#signals.get(signal);
    if (signal.aborted) this.#ended(call, call.isOver(this.#clock.now()) ? 'late' : 'gone');
    else if (calls) calls.add(call);
    else {
      this.#signals.set(signal, new Set([call]));
      signal.addEventListener('abort', this.#aborted);
    }
  }

  readonly #aborted = ({ target }: Event): void => {
    const calls = [...(this.#signals.get(target as AbortSignal) ?? [])];
    const now = this.#clock.now();
    for (const call of calls) this.#ended(call, call.isOver(now) ? 'late' : 'gone');
  };
}
