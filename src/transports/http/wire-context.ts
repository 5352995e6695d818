import type { CallContext } from '#kernel/ports/call-context';
import type { CallOrigin } from '#kernel/ports/call-transport';

import type { Sent } from './link.ts';
import { type Message, op, ProtocolBroken } from './messages.ts';

type Actor = CallContext['actor'];

/** Whoever asks has been proven, but may be of another version, or broken. */
export function actorOf(value: unknown): Actor {
  const { kind, id, roles } = (value ?? {}) as Record<string, unknown>;
  const isActor =
    kind === 'anyone' ||
    (typeof id === 'string' && (kind === 'system' || (kind === 'user' && Array.isArray(roles))));
  if (!isActor) throw new ProtocolBroken('An actor that is none.');
  return value as Actor;
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new ProtocolBroken('No text.');
  return value;
}

/** The message of a call (`op.call`), to be written as JSON. */
export function callMessage(
  id: number,
  route: number,
  leftMs: number,
  { ctx, input, key }: Pick<Sent, 'ctx' | 'input' | 'key'>,
  hasBytes: boolean,
): Message {
  const { actor, key: cause } = ctx;
  const { traceId, spanId, sampled } = ctx.trace;
  const traced = sampled ? 1 : 0;
  const bytes = hasBytes ? 1 : 0;
  return key === undefined
    ? [op.call, id, route, leftMs, actor, cause, traceId, spanId, traced, input, bytes]
    : [op.call, id, route, leftMs, actor, cause, traceId, spanId, traced, input, bytes, key];
}

/** What comes with a call (`op.call`) beside its input. */
export function originOf(message: Message, caller: string, gone: CallOrigin['gone']): CallOrigin {
  const timeoutMs = message[3];
  if (typeof timeoutMs !== 'number') throw new ProtocolBroken('No time is given.');
  const trace = {
    traceId: textOf(message[6]),
    spanId: textOf(message[7]),
    sampled: message[8] === 1,
  };
  return { caller, actor: actorOf(message[4]), key: textOf(message[5]), trace, timeoutMs, gone };
}

/** So many units: at least one. */
export function countOf(value: unknown): number {
  if (typeof value !== 'number' || value <= 0) throw new ProtocolBroken('No number of units.');
  return value;
}
