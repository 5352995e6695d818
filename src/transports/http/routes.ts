import type { Invoke, KindOf, RemoteGround, ServedContract } from '#kernel/ports/call-transport';
import type { Peer } from '#kernel/ports/trust';

import { forged } from './refusals.ts';

type Kind = NonNullable<ReturnType<KindOf>>;

/** A call as one caller makes it: composed once, then run as often as it is asked for. */
export type Route = {
  readonly caller: string;
  /** `inventory.reserveStock`. */
  readonly name: string;
  readonly kind: Kind;
  readonly invoke: Invoke;
};

/** The calls that this host serves to others. */
export type Routes = {
  serve(served: ServedContract): void;
  readonly contracts: () => readonly string[];
  /** Throws what the contract throws at a caller that did not declare it. */
  find(caller: string, contract: string, call: string): Route;
};

export function createRoutes(kindOf: KindOf): Routes {
  const served = new Map<string, ServedContract>();
  const found = new Map<string, Route>();
  return {
    serve: (one) => void served.set(one.contract, one),
    contracts: () => [...served.keys()],
    find(caller, contract, call) {
      // Names hold no line ends.
      const key = `${caller}\n${contract}\n${call}`;
      const known = found.get(key);
      if (known) return known;
      const name = `${contract}.${call}`;
      const kind = kindOf(contract, call);
      const provider = served.get(contract);
      if (!provider || !kind) throw new Error(`Nobody here serves ${name}.`);
      const route = { caller, name, kind, invoke: provider.invoke(caller, call) };
      found.set(key, route);
      return route;
    },
  };
}

type FindGround = {
  readonly routes: Routes;
  readonly ground: RemoteGround;
};

/** The route of a call that a peer asks for. Throws when its host may not speak for the caller: that is audited. */
export function findRoute(
  { routes, ground }: FindGround,
  peer: Peer,
  caller: string,
  contract: string,
  call: string,
): Route {
  if (peer.modules.has(caller)) return routes.find(caller, contract, call);
  const wanted = `${contract}.${call}`;
  ground.audit(peer.host, { audit: 'caller_not_proven', host: peer.host, caller, call: wanted });
  throw ground.fromWire(forged(caller, wanted));
}
