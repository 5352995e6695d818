import type { CallKind } from '../contract.ts';
import type { Bytes } from './bytes.ts';
import type { Actor, CallContext, CallOptions, TraceContext } from './call-context.ts';

/**
 * A call as its caller sees it, wherever the provider runs. `bytes` come with an upload; a download
 * answers a `Download`, a stream an `AsyncIterable`, all others a promise of their output.
 */
export type Invoke = (
  ctx: CallContext,
  input: unknown,
  options?: CallOptions,
  bytes?: Bytes,
) => unknown;

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

/** Tells what kind of call it is, of any contract that this host has; undefined of any other. */
export type KindOf = (contract: string, call: string) => CallKind | undefined;

/** What a call from another host brings along, beside its input. */
export type CallOrigin = {
  /** The module that asks, as its host has proven it. */
  readonly caller: string;
  readonly actor: Actor;
  /** The key of the work that asks: the provider derives the command's own from it, as it does in one process. */
  readonly key: string;
  readonly trace: TraceContext;
  /** How long the answer is wanted, from now: two hosts need not agree what time it is. */
  readonly timeoutMs: number;
  /** Aborted when whoever asked has gone. */
  readonly gone: AbortSignal | AbortController;
};

/** An error on its way: a declared failure crosses whole; of a bug only that there was one. */
export type WireError =
  | { readonly failure: { readonly [field: string]: unknown } }
  | { readonly broke: string };

/** What the kernel gives to a transport that carries calls between hosts. */
export type RemoteGround = {
  /** The context in which a call from another host runs here. */
  openContext(origin: CallOrigin): CallContext;
  toWire(error: unknown): WireError;
  /** The HTTP status of an error on its way: by the kind of a failure, 500 of a bug. */
  statusOf(error: WireError): number;
  /** The same failure again, or a bug of the provider's. Whatever is neither is a bug too. */
  fromWire(error: unknown): Error;
  /** No answer came, and the call may have happened: kind `unavailable`. */
  unavailable(call: string, why: string): Error;
  /** There was no room for it, so it was not asked: kind `unavailable`. */
  noRoom(call: string, why: string): Error;
  /**
   * Keeps that a host was refused: about each host, only so many lines of one kind at a time. What
   * that host has said of itself is cut short.
   */
  audit(host: string, facts: { readonly audit: string } & Readonly<Record<string, unknown>>): void;
  /** The time for an answer has passed: kind `too_slow`. */
  deadlinePassed(call: string): Error;
};
