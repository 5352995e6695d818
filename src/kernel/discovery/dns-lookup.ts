import { NODATA, NOTFOUND } from 'node:dns';
import type { Resolver } from 'node:dns/promises';

import type { Instance } from '../ports/discovery.ts';
import { urlHost } from '../url-host.ts';

export type Found = {
  readonly instances: readonly Instance[];
  /** How long the answer may be believed: the least of its records. */
  readonly ttlMs: number;
};

/** Looks a module's name up. Throws when the answer names nobody, or when there is none. */
export type LookUp = (name: string) => Promise<Found>;

type Address = { readonly address: string; readonly ttl: number };
type Target = { readonly host: string; readonly port: number };

/** More targets than this of one name are not asked for. */
const mostTargets = 200;

/**
 * Names that begin with `_` are asked for SRV and then each target for its addresses; all others for
 * A and AAAA, with `port`. Of SRV the lowest priority counts, as RFC 2782 has it; weights do not,
 * because the balancer sees how busy each one is.
 */
export function lookUpIn(resolver: Resolver, port: number): LookUp {
  /** By name, of those that were its targets the last time. */
  const lastOf = new Map<string, Map<string, readonly Address[]>>();
  return async (name) => {
    if (!name.startsWith('_')) return found([{ port, addresses: await addressesOf(name) }]);
    const targets = await targetsOf(name);
    const before = lastOf.get(name);
    const last = new Map<string, readonly Address[]>();
    const places = targets.map(async (target) => {
      const addresses = await addressesAt(target, before?.get(target.host));
      last.set(target.host, addresses);
      return { port: target.port, addresses };
    });
    const all = await Promise.all(places);
    lastOf.set(name, last);
    return found(all);
  };

  async function targetsOf(name: string): Promise<readonly Target[]> {
    const records = await resolver.resolveSrv(name);
    const first = Math.min(...records.map(({ priority }) => priority));
    return records
      .filter(({ priority }) => priority === first)
      .slice(0, mostTargets)
      .map((record) => ({ host: record.name, port: record.port }));
  }

  /** A target without addresses is left out. One that nobody answered for is where it was. */
  async function addressesAt(
    { host }: Target,
    before: readonly Address[] = [],
  ): Promise<readonly Address[]> {
    try {
      return await addressesOf(host);
    } catch (error) {
      return isAnswer(error) ? [] : before;
    }
  }

  async function addressesOf(name: string): Promise<readonly Address[]> {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(name, { ttl: true }),
      resolver.resolve6(name, { ttl: true }),
    ]);
    const addresses = [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (addresses.length > 0) return addresses;
    // Of two refusals the one that says nothing about the name counts: it may yet have addresses.
    const reasons = [four, six].map((one) => (one as PromiseRejectedResult).reason as Error);
    throw reasons.find((reason) => !isAnswer(reason)) ?? reasons[0];
  }
}

function found(
  places: readonly { readonly port: number; readonly addresses: readonly Address[] }[],
): Found {
  const all = places.flatMap(({ port, addresses }) =>
    addresses.map(({ address, ttl }) => ({ url: urlOf(address, port), ttl })),
  );
  if (all.length === 0) throw new Error('No target has an address.');
  return {
    instances: all.map(({ url }) => ({ id: url, url })),
    ttlMs: Math.min(...all.map(({ ttl }) => ttl)) * 1_000,
  };
}

/** The name, or this kind of record, does not exist: somebody knows that. */
function isAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === NOTFOUND || code === NODATA;
}

function urlOf(address: string, port: number): string {
  return new URL(`http://${urlHost(address)}:${port}`).origin;
}
