import type { Grants } from '../calls/served-contract.ts';
import type { Call } from '../contract.ts';
import type { ModuleDefinition } from '../module.ts';

/** The calls of callers that are no modules: the gateway's are those that its routes name. */
export type GrantedCalls = Readonly<Record<string, readonly Call[]>>;

/** One line in a manifest decides: a module may call the contracts in its `calls`, and no other. */
export function createGrants(
  callers: readonly Pick<ModuleDefinition, 'contract' | 'calls'>[],
  granted: GrantedCalls,
): Grants {
  const contractsOf = new Map(
    callers.map(({ contract, calls }) => [contract.name, new Set(calls.map(({ name }) => name))]),
  );
  const callsOf = new Map(
    Object.entries(granted).map(([caller, calls]) => [
      caller,
      new Set(calls.map(({ contract, name }) => `${contract}.${name}`)),
    ]),
  );
  return {
    allows: (caller, contract, call) =>
      contractsOf.get(caller)?.has(contract) === true ||
      callsOf.get(caller)?.has(`${contract}.${call}`) === true,
  };
}
