import { randomFillSync } from 'node:crypto';

import type { Actor, CallContext, TraceContext } from '../ports/call-context.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';

type Parts = {
  readonly caller: string;
  readonly actor: Actor;
  readonly key: string;
  readonly trace: TraceContext;
  readonly deadline: number;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Aborted when whoever asked has gone. A controller is cheaper than its signal, which Node makes
   * when it is first looked at, and most work never looks.
   */
  readonly gone: AbortController | AbortSignal | undefined;
};

/**
 * The context of one piece of work. Made for every call, so it is a class with few fields, and what
 * few calls need (a signal, a logger of its own) is made when asked for.
 */
export class Context implements CallContext {
  readonly caller: string;
  readonly actor: Actor;
  readonly key: string;
  readonly trace: TraceContext;
  readonly deadline: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #parent: Context | AbortController | AbortSignal | undefined;
  #signal: AbortSignal | undefined;

  constructor(parts: Parts, parent: Context | undefined = undefined) {
    this.caller = parts.caller;
    this.actor = parts.actor;
    this.key = parts.key;
    this.trace = parts.trace;
    this.deadline = parts.deadline;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#parent = parent ?? parts.gone;
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal();
    return this.#signal;
  }

  get log(): Logger {
    return this.#log.child({ trace: this.trace.traceId, caller: this.caller });
  }

  /** The context of a call that `caller` makes from within this work. */
  child(caller: string, key: string, deadline: number, log: Logger): Context {
    const { actor, trace } = this;
    return new Context(
      { caller, actor, key, trace, deadline, clock: this.#clock, log, gone: undefined },
      this,
    );
  }

  /** The same work, whose calls and events continue `trace`. */
  continuing(trace: TraceContext): Context {
    const { caller, actor, key, deadline } = this;
    return new Context(
      { caller, actor, key, trace, deadline, clock: this.#clock, log: this.#log, gone: undefined },
      this,
    );
  }

  #makeSignal(): AbortSignal {
    const parent = this.#parent;
    if (parent instanceof Context && parent.deadline === this.deadline) return parent.signal;
    // Node refuses timers beyond 2^31-1 ms.
    const leftMs = Math.min(Math.max(0, this.deadline - this.#clock.now()), 2 ** 31 - 1);
    const late = AbortSignal.timeout(leftMs);
    if (parent === undefined) return late;
    return AbortSignal.any([parent instanceof AbortSignal ? parent : parent.signal, late]);
  }
}

export function createContext(parts: Parts): Context {
  return new Context(parts);
}

/** A new root trace: nothing that comes from outside is trusted to name one. */
export function newTrace(): TraceContext {
  if (randomAt === random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  const hex = random.toString('hex', randomAt, randomAt + traceBytes);
  randomAt += traceBytes;
  return { traceId: hex.slice(0, 32), spanId: hex.slice(32), sampled: false };
}

/** Random bytes are drawn for many traces at once: one by one they cost 6 µs a request. */
const traceBytes = 24;
const random = Buffer.alloc(traceBytes * 256);
let randomAt = random.length;

/** W3C trace context, version 00. */
export function traceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** Undefined for whatever is no W3C trace context of version 00. */
export function parseTraceparent(header: string): TraceContext | undefined {
  if (header.length !== traceparentLength) return undefined;
  const [, traceId, spanId, flag] = traceparentForm.exec(header) ?? [];
  if (!traceId || !spanId || !flag) return undefined;
  // The lowest of eight flags; the others mean nothing yet, or nothing to us.
  return { traceId, spanId, sampled: Number.parseInt(flag, 16) % 2 === 1 };
}

const traceparentLength = 55;
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]([0-9a-f])$/;
