import type { Actor, CallContext, TraceContext } from './call-context.ts';
import type { StoreTx } from './store.ts';
import type { Tx } from './tx.ts';

/**
 * Runs `work` in one transaction of the module's store; the events and sagas that it publishes and
 * starts are written with it. `raw` is the same transaction for the kernel's own rows.
 */
export type Write = <T>(
  trace: TraceContext,
  work: (tx: Tx, raw: StoreTx) => Promise<T> | T,
) => Promise<T>;

export type WorkCause = {
  /** The idempotency key that the calls of this work derive theirs from: `saga:<id>:<step>`. */
  readonly key: string;
  readonly timeoutMs: number;
  /** The trace to continue; a new one without. */
  readonly trace?: TraceContext;
  /** Aborts the work when its host stops. */
  readonly signal?: AbortSignal;
};

/** Makes the context in which a saga step, subscriber or recurring task calls other modules. */
export type MakeContext = (cause: WorkCause) => CallContext & { readonly actor: Actor };
