import type { CallContext } from '#kernel/ports/call-context';
import type { Turn } from '#kernel/ports/discovery';

import type { Inflow, Outflow } from './flow.ts';
import type { Reject, Resolve } from './link.ts';

/** A call of this host that waits for its answer. */
export class PendingCall {
  readonly id: number;
  /** `inventory.reserveStock`. */
  readonly name: string;
  /** Undefined for what is no call: then the time is up at `deadline` alone. */
  readonly ctx: CallContext | undefined;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly turn: Turn | undefined;
  readonly resolve: Resolve;
  readonly reject: Reject;
  /** The items or bytes that it is answered with. */
  inflow: Inflow<unknown> | undefined;
  /** The bytes that go along. */
  outflow: Outflow | undefined;
  /** The request that carries it, where it has one of its own. */
  request: { abort(): void } | undefined;
  /** How often its deadline was looked at. */
  looks = 0;
  /** Its caller's signal is listened to by now. */
  isWatched = false;

  constructor(
    id: number,
    name: string,
    ctx: CallContext | undefined,
    deadline: number,
    turn: Turn | undefined,
    resolve: Resolve,
    reject: Reject,
  ) {
    this.id = id;
    this.name = name;
    this.ctx = ctx;
    this.deadline = deadline;
    this.turn = turn;
    this.resolve = resolve;
    this.reject = reject;
  }

  /**
   * Whether the deadline has passed. Its timer may end a moment before the clock says so: each rounds
   * in its own way.
   */
  isOver(now: number): boolean {
    return this.deadline <= now + 1;
  }

  /** Fails what waits: the answer, or the rest of what has begun to flow. */
  fail(error: Error): void {
    this.outflow?.stop();
    this.inflow?.fail(error);
    this.reject(error);
  }
}
