import type { Actor, CallContext, CallOptions, TraceContext } from './call-context.ts';

/** What crosses a process boundary with a call's input. */
export type CallEnvelope = {
  readonly contract: string;
  readonly call: string;
  readonly input: unknown;
  readonly key: string;
  readonly caller: string;
  readonly actor: Actor;
  readonly trace: TraceContext;
  readonly deadline: number;
};

/** A call as its caller sees it, wherever the provider runs. */
export type Invoke = (ctx: CallContext, input: unknown, options?: CallOptions) => unknown;

/** The provider's side of one contract in this process. */
export type ServedContract = {
  readonly contract: string;
  /** Runs one call for `caller`; refuses with `undeclared_call` a caller that did not declare it. */
  invoke(caller: string, call: string): Invoke;
};

/** Carries calls to a contract's provider. */
export type CallTransport = {
  readonly name: string;
  /** Makes the contract callable through this transport. */
  serve(served: ServedContract): void;
  /** The function that runs `call`. Resolved once, at start; throws when nobody serves it. */
  connect(caller: string, contract: string, call: string): Invoke;
  close(): Promise<void>;
};
