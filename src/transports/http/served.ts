import type { KindOf, RemoteGround, WireError } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { ContractBook } from '#kernel/ports/internal-endpoint';
import type { Logger } from '#kernel/ports/logger';
import type { Peer, Trust } from '#kernel/ports/trust';

import type { HttpLimits } from './limits.ts';
import type { Greeting } from './messages.ts';
import type { Routes } from './routes.ts';

/** Answers what is asked and is no call. Throws what the peer shall hear. */
export type AskHandler = (peer: Peer, body: unknown) => Promise<unknown>;

/** What the serving side of both modes stands on. */
export type Serving = {
  readonly modules: readonly string[];
  readonly trust: Trust;
  readonly book: ContractBook;
  readonly kindOf: KindOf;
  readonly ground: RemoteGround;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: HttpLimits;
  readonly routes: Routes;
  readonly asks: Map<string, AskHandler>;
};

/** The proof of this host for one client, with what it serves. */
export function greetingFor(
  { trust, routes, book, limits }: Serving,
  clientNonce: string,
  nonce: string,
): Greeting {
  const contracts = routes.contracts().map((name) => [name, book.fingerprint(name) ?? '']);
  return {
    nonce,
    token: trust.prove('greeting', clientNonce).text,
    contracts: Object.fromEntries(contracts),
    callsInFlight: limits.callsInFlight,
  };
}

/** Runs an ask; answers its result or the error as it crosses the wire. */
export async function answerAsk(
  { asks, ground }: Serving,
  peer: Peer,
  what: string,
  body: unknown,
): Promise<{ readonly output: unknown } | { readonly error: WireError }> {
  try {
    const handler = asks.get(what);
    if (!handler) return refusalOf({ ground }, what, 'this host does not know how to answer it');
    return { output: await handler(peer, body) };
  } catch (error) {
    return { error: ground.toWire(error) };
  }
}

export function refusalOf({ ground }: Pick<Serving, 'ground'>, what: string, why: string) {
  return { error: ground.toWire(ground.unavailable(what, why)) };
}

/** An error as it crosses the wire, as JSON. What can't be written as JSON is a bug, and is told as one. */
export function errorJson({ ground, log }: Serving, call: string, error: unknown): string {
  try {
    return JSON.stringify(ground.toWire(error));
  } catch (unwritable) {
    log.error({ err: unwritable, call }, 'a failure can not be carried');
    return JSON.stringify({ broke: call } satisfies WireError);
  }
}
