import type { CallContext, CallOptions } from '#kernel/ports/call-context';
import type { Peer } from '#kernel/ports/trust';

import { ProtocolBroken } from './messages.ts';
import { jsonWithin } from './refusals.ts';
import {
  actorOfHeader,
  asksPath,
  callsPath,
  header,
  type RequestHead,
  traceOf,
  unescaped,
} from './request-wire.ts';
import { findRoute, type Route } from './routes.ts';
import type { RunningCall } from './running-call.ts';
import { answerAsk, errorJson, type Serving } from './served.ts';

/** An answer whose body is JSON, or nothing. */
export type JsonAnswer = { readonly status: number; readonly json: string };

export type OpenedCall = {
  readonly route: Route;
  readonly ctx: CallContext;
  readonly options: CallOptions | undefined;
};

/** Throws what a host is told that is not who it says, or may not be here. */
export function proven({ trust, modules }: Serving, { headers }: RequestHead): Peer {
  return trust.verify(String(headers[header.token] ?? ''), { audience: modules });
}

/** The contract and the call that a path names. */
export function namesIn(url: string): readonly [contract: string, call: string] {
  const [contract = '', call = ''] = url.slice(callsPath.length).split('/');
  return [contract, call];
}

/** What a request asks for. Throws what its caller shall hear. */
export function openCall(
  serving: Serving,
  peer: Peer,
  { url, headers }: RequestHead,
  gone: RunningCall,
): OpenedCall {
  const caller = String(headers[header.caller]);
  const route = findRoute(serving, peer, caller, ...namesIn(url));
  const timeoutMs = Number(headers[header.timeout]);
  if (!Number.isFinite(timeoutMs)) throw new ProtocolBroken('No time is given.');
  const ctx = serving.ground.openContext({
    caller,
    actor: actorOfHeader(headers[header.actor]),
    key: unescaped(headers[header.key]),
    trace: traceOf(headers[header.trace]),
    timeoutMs,
    gone,
  });
  const subKey = headers[header.subKey];
  return { route, ctx, options: subKey === undefined ? undefined : { key: unescaped(subKey) } };
}

export function answerWith(
  { limits, ground }: Serving,
  { name }: Route,
  output: unknown,
): JsonAnswer {
  if (output === undefined) return { status: 204, json: '' };
  return { status: 200, json: jsonWithin(output, limits.payloadBytes, name, ground) };
}

export async function askedOf(
  serving: Serving,
  peer: Peer,
  { url }: RequestHead,
  body: unknown,
): Promise<JsonAnswer> {
  const answer = await answerAsk(serving, peer, url.slice(asksPath.length), body);
  if ('output' in answer) return { status: 200, json: JSON.stringify(answer.output) };
  return { status: serving.ground.statusOf(answer.error), json: JSON.stringify(answer.error) };
}

export function failureOf(serving: Serving, { url }: RequestHead, error: unknown): JsonAnswer {
  if (error instanceof ProtocolBroken) return { status: 400, json: '' };
  const status = serving.ground.statusOf(serving.ground.toWire(error));
  return { status, json: errorJson(serving, url, error) };
}
