import type { Peer, Trust } from '#kernel/ports/trust';

import type { Link, LinkGround } from './link.ts';
import { type Greeting, ProtocolBroken } from './messages.ts';

/** Operators are told of so many pairs. */
const mostTold = 1000;

export function greetingOf(value: unknown): Greeting {
  const { nonce, token, contracts, callsInFlight } = (value ?? {}) as Record<string, unknown>;
  const isGreeting =
    typeof nonce === 'string' &&
    typeof token === 'string' &&
    typeof callsInFlight === 'number' &&
    typeof contracts === 'object' &&
    contracts !== null;
  if (!isGreeting) throw new ProtocolBroken('No greeting.');
  return value as Greeting;
}

/**
 * Who is at the other end. Throws when that host may not speak for `module`: an address may have
 * passed to somebody else, and no token is sent to a stranger. Whoever relays the real host's greeting
 * is kept out by TLS alone.
 */
export function verifyServer(
  trust: Trust,
  { token }: Greeting,
  nonce: string,
  module: string,
): Peer {
  const peer = trust.verify(token, { audience: ['greeting'], nonce });
  if (!peer.modules.has(module)) {
    throw new Error(`The host ${peer.host} does not speak for ${module}.`);
  }
  return peer;
}

/**
 * Throws when this host and that one have versions of the module's contract that do not go together.
 * The other version is asked for only where the fingerprints differ.
 */
export async function refuseIncompatible(
  { host, book, log, limits, told }: LinkGround,
  module: string,
  peer: Peer,
  greeting: Greeting,
  link: Pick<Link, 'ask'>,
): Promise<void> {
  const ours = book.fingerprint(module);
  const theirs = Object.hasOwn(greeting.contracts, module) ? greeting.contracts[module] : undefined;
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  const asked = JSON.stringify({ contract: module });
  const other = await link.ask('contract', asked, limits.connectMs);
  const difference = book.incompatibility(module, String(other));
  if (difference === undefined) return;
  const facts = { contract: module, here: host, there: peer.host, ours, theirs, difference };
  const what = `${module} ${peer.host} ${theirs}`;
  if (!told.has(what) && told.size < mostTold) {
    told.add(what);
    log.error(facts, 'two hosts have contracts that do not go together');
  }
  throw new Error(
    `${host} and ${peer.host} have versions of the contract ${module} that do not go together: ${difference}`,
  );
}
