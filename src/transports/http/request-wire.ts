import type { CallContext, TraceContext } from '#kernel/ports/call-context';

import { ProtocolBroken } from './messages.ts';
import { actorOf } from './wire-context.ts';
import { parsePeerJson } from './wire-json.ts';

/** The headers of a call that is a request of its own; a mesh may read them. */
export const header = {
  /** Proves the calling host, for one audience. */
  token: 'x-service-token',
  caller: 'x-caller',
  /** JSON. */
  actor: 'x-actor',
  trace: 'traceparent',
  /** How long the answer is wanted, from now. */
  timeout: 'x-timeout-ms',
  /** The key of the work that asks. */
  key: 'idempotency-key',
  /** Tells the command apart from others of the same work. */
  subKey: 'x-idempotency-subkey',
  /** In a greeting's request. */
  nonce: 'x-seamline-nonce',
  /** With a 503: nothing of it was run, and another instance may be asked. */
  notRun: 'x-not-run',
} as const;

export const helloPath = '/internal/hello';
export const callsPath = '/internal/calls/';
export const asksPath = '/internal/asks/';

/** Where a request goes, and what is said beside its body. */
export type RequestHead = {
  readonly url: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

export const jsonType = 'application/json';
export const framesType = 'application/x-seamline-frames';

/** A header as it is sent. The value must be `escaped`, unless it can hold nothing that has to be. */
export function line(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}

/** How to write a text that takes so many bytes of UTF-8: what is all ASCII need not be encoded. */
export function encodingOf(text: string, bytes: number): 'latin1' | 'utf8' {
  return text.length === bytes ? 'latin1' : 'utf8';
}

/** Header values hold visible ASCII; whatever else there is, and `%`, is escaped. */
export function escaped(text: string): string {
  return /^[!-$&-~]*$/.test(text) ? text : encodeURIComponent(text);
}

export function unescaped(value: string | readonly string[] | undefined): string {
  const text = String(value ?? '');
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new ProtocolBroken('A header that can not be read.', { cause: error });
  }
}

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

export function traceOf(value: unknown): TraceContext {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(String(value)) ?? [];
  if (!traceId || !spanId || !flags) throw new ProtocolBroken('No trace.');
  return { traceId, spanId, sampled: Number.parseInt(flags, 16) % 2 === 1 };
}

/** Whoever asks asks often, and a module always as the same. */
const knownActors = new Map<string, CallContext['actor']>();
const mostKnownActors = 500;

export function actorOfHeader(value: string | readonly string[] | undefined): CallContext['actor'] {
  const text = String(value ?? '');
  const known = knownActors.get(text);
  if (known) return known;
  const actor = actorOf(parsePeerJson(unescaped(text)));
  if ('roles' in actor) Object.freeze(actor.roles);
  if (knownActors.size >= mostKnownActors) knownActors.clear();
  knownActors.set(text, Object.freeze(actor));
  return actor;
}
