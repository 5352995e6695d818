import type { CallContext } from '#kernel/ports/call-context';
import type { RemoteGround } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Turn } from '#kernel/ports/discovery';

import type { Reject, Resolve } from './link.ts';
import { PendingCall } from './pending-call.ts';
import { SlotIds, Slots } from './slots.ts';
import { Watch } from './watch.ts';

type Options = {
  readonly clock: Clock;
  readonly ground: RemoteGround;
  /** Tells the other end that nobody waits any more. */
  readonly cancel: (call: PendingCall) => void;
};

type Outcome = Parameters<Turn['done']>[0];

/** What this host has asked on one link and waits for. */
export class Pending {
  readonly #options: Options;
  readonly #calls = new Slots<PendingCall>();
  readonly #ids = new SlotIds();
  readonly #watch: Watch;
  #begun = 0;
  #ended = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#watch = new Watch(this.#calls, options.clock, (call, why) => this.#giveUp(call, why));
  }

  get size(): number {
    return this.#calls.size;
  }

  /** How many were asked since the beginning. */
  get begun(): number {
    return this.#begun;
  }

  /** How many of them have ended. */
  get ended(): number {
    return this.#ended;
  }

  get(id: number): PendingCall | undefined {
    return this.#calls.get(id);
  }

  add(
    name: string,
    ctx: CallContext | undefined,
    deadline: number,
    turn: Turn | undefined,
    resolve: Resolve,
    reject: Reject,
  ): PendingCall {
    const id = this.#ids.next();
    const call = new PendingCall(id, name, ctx, deadline, turn, resolve, reject);
    this.#begun += 1;
    this.#calls.set(call);
    this.#watch.look();
    return call;
  }

  /** Answers the call, if it was still pending. */
  end(id: number, outcome: Outcome): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (!call) return undefined;
    this.#calls.delete(call);
    this.#ids.release(id);
    this.#ended += 1;
    if (call.isWatched) this.#watch.forget(call);
    call.turn?.done(outcome);
    return call;
  }

  answered(id: number, output: unknown): void {
    const call = this.end(id, 'answered');
    call?.outflow?.stop();
    call?.resolve(output);
  }

  /** The provider has refused, or broken: in time, or because there was no more of it. */
  refused(id: number, error: unknown): void {
    const { ground, clock } = this.#options;
    const call = this.end(id, 'answered');
    if (!call) return;
    const isLate = call.isOver(clock.now());
    call.fail(isLate ? ground.deadlinePassed(call.name) : ground.fromWire(error));
  }

  /** The last item or byte has come. */
  flowed(id: number): void {
    this.end(id, 'answered')?.inflow?.end();
  }

  /** Nobody will answer. */
  lost(id: number, why: string): void {
    const call = this.end(id, 'failed');
    call?.fail(this.#options.ground.unavailable(call.name, why));
  }

  failAll(error: (call: PendingCall) => Error): void {
    this.#watch.stop();
    for (const { id } of [...this.#calls.values()]) {
      const call = this.end(id, 'failed');
      call?.fail(error(call));
    }
  }

  #giveUp(call: PendingCall, why: 'late' | 'gone'): void {
    const { ground, cancel } = this.#options;
    if (!this.end(call.id, why === 'late' ? 'failed' : 'abandoned')) return;
    cancel(call);
    call.fail(
      why === 'late'
        ? ground.deadlinePassed(call.name)
        : ground.unavailable(call.name, 'its caller has gone'),
    );
  }
}
