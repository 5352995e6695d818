import type { Settings, SettingsOf } from './config/settings.ts';
import type { AnyContract, Client } from './contract.ts';
import type { AtStart, HandlersOf, Subscription } from './handlers.ts';
import type { Route } from './http/route.ts';
import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';
import type { Logger } from './ports/logger.ts';
import type { Projection } from './projections/projection.ts';
import type { SagaDefinition } from './sagas/define-saga.ts';
import type { Recurring } from './schedules/schedule.ts';
import type { ModuleStoreDefinition } from './stores/definition.ts';

/** A client for each contract that the manifest declares in `calls`, and for no other. */
export type Clients<Calls extends readonly AnyContract[]> = {
  readonly [C in Calls[number] as C['name']]: Client<C>;
};

/** What the kernel gives to a module when it is wired, once, at start. */
export type Scope<Calls extends readonly AnyContract[], S extends Settings> = {
  readonly clients: Clients<Calls>;
  readonly settings: SettingsOf<S>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  /** A folder of the module's own, made on first use, for what is not in its store. */
  readonly folder: () => string;
};

/** Something with a life: opened before the module serves, closed after its last call. */
export type Part = { start?(): Promise<void> | void; stop?(): Promise<void> | void };

/** The module's own ports and adapters by name, made in order of need. */
export type Parts = Readonly<Record<string, object>>;

/** Makes each part; a part may use the others through the second argument. */
export type PartMakers<P extends Parts, The> = {
  readonly [K in keyof P]: (the: The, parts: P) => P[K];
};

export type Wired<C extends AnyContract> = {
  readonly handlers: HandlersOf<C>;
  readonly subscriptions?: readonly Subscription[];
  // biome-ignore lint/suspicious/noExplicitAny: sagas of any state; the engine stores it as JSON.
  readonly sagas?: readonly SagaDefinition<any>[];
  /** Rows made of other modules' events, which can be made again. */
  readonly projections?: readonly Projection[];
  /** Work that comes round, each due time once across instances. */
  readonly recurring?: readonly Recurring[];
  readonly atStart?: readonly AtStart[];
};

/** A manifest: everything that the kernel, the linter and the documentation know of a module. */
export type ModuleDefinition = {
  readonly contract: AnyContract;
  readonly calls: readonly AnyContract[];
  readonly hears: readonly AnyContract[];
  readonly store: ModuleStoreDefinition;
  readonly settings: Settings;
  readonly routes: readonly Route[];
  readonly parts: PartMakers<Parts, Scope<readonly AnyContract[], Settings>>;
  readonly wire: (
    the: Scope<readonly AnyContract[], Settings> & { readonly parts: Parts },
  ) => Wired<AnyContract>;
};

type ModuleParts<
  C extends AnyContract,
  Calls extends readonly AnyContract[],
  S extends Settings,
  P extends Parts,
> = {
  contract: C;
  /** The contracts that it may call. With `hears`, all that its files may import. */
  calls: Calls;
  /** The contracts whose events it hears. */
  hears: readonly AnyContract[];
  store: ModuleStoreDefinition;
  settings?: S;
  routes?: readonly Route[];
  parts?: PartMakers<P, Scope<Calls, S>>;
  wire: (the: Scope<Calls, S> & { readonly parts: P }) => Wired<C>;
};

/** Declares a module. Throws a `TypeError` when a route names a call of another contract. */
export function defineModule<
  C extends AnyContract,
  const Calls extends readonly AnyContract[],
  // biome-ignore lint/complexity/noBannedTypes: no settings is the empty object.
  S extends Settings = {},
  // biome-ignore lint/complexity/noBannedTypes: no parts is the empty object.
  P extends Parts = {},
>(parts: ModuleParts<C, Calls, S, P>): ModuleDefinition {
  const { contract, routes = [] } = parts;
  for (const { path, call, followedBy } of routes) {
    for (const named of followedBy ? [call, followedBy.call] : [call]) {
      if (named.contract === contract.name) continue;
      throw new TypeError(`Route ${path} of ${contract.name} names a call of ${named.contract}.`);
    }
  }
  return Object.freeze({
    settings: {},
    parts: {},
    ...parts,
    routes,
  }) as unknown as ModuleDefinition;
}
