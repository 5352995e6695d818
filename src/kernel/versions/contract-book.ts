import type { AnyContract } from '../contract.ts';
import { digest } from '../digest.ts';
import type { GrantedCalls } from '../host/grants.ts';
import type { ModuleDefinition } from '../module.ts';
import type { ContractBook } from '../ports/internal-endpoint.ts';
import { differencesOf, type Uses } from './differences.ts';
import {
  type ExportedContract,
  exportContract,
  parseContract,
  textOf,
} from './exported-contract.ts';

export type ContractBookParts = {
  /** Every contract that this host knows. */
  readonly contracts: readonly AnyContract[];
  /** The modules that run in this host: what it provides, and what it uses of others. */
  readonly modules: readonly Pick<ModuleDefinition, 'contract' | 'calls' | 'hears'>[];
  /** Callers in this host that are no modules, with the calls that they may make: the gateway. */
  readonly granted: GrantedCalls;
};

type Entry = {
  readonly contract: ExportedContract;
  readonly text: string;
  readonly fingerprint: string;
};

/**
 * Knows this host's versions of contracts, and whether it can talk with a host that has others. Of
 * what this host provides, the other is taken to use whatever its version has.
 */
export function contractBook(parts: ContractBookParts): ContractBook {
  const entries = new Map(parts.contracts.map((one) => [one.name, entryOf(one)]));
  const provided = new Set(parts.modules.map(({ contract }) => contract.name));
  const verdicts = new Map<string, string | undefined>();
  return {
    fingerprint: (contract) => entries.get(contract)?.fingerprint,
    exported: (contract) => entries.get(contract)?.text,
    incompatibility(contract, exported) {
      const entry = entries.get(contract);
      if (!entry || exported === entry.text) return undefined;
      // Every instance of a host brings the same version, and comparing costs milliseconds.
      const known = `${contract} ${digest(exported)}`;
      if (!verdicts.has(known)) {
        if (verdicts.size >= rememberedVersions) verdicts.clear();
        const role = provided.has(contract) ? 'provider' : 'user';
        verdicts.set(known, verdictOf(entry.contract, exported, role, usesOf(parts, contract)));
      }
      return verdicts.get(known);
    },
  };
}

const rememberedVersions = 100;

/** The other host's patterns and words stand in it. */
const longestSentence = 1_000;

function entryOf(contract: AnyContract): Entry {
  const exported = exportContract(contract);
  const text = textOf(exported);
  return { contract: exported, text, fingerprint: digest(text) };
}

/** What the modules and the gateway of this host want of a contract. */
function usesOf({ contracts, modules, granted }: ContractBookParts, name: string): Uses {
  const names = (list: readonly AnyContract[]) => list.some((one) => one.name === name);
  const all = contracts.find((one) => one.name === name)?.calls ?? {};
  const byModules = modules.some(({ calls }) => names(calls)) ? Object.keys(all) : [];
  const byOthers = Object.values(granted)
    .flat()
    .filter((call) => call.contract === name)
    .map((call) => call.name);
  const calls = [...new Set([...byModules, ...byOthers])];
  return { calls, hears: modules.some(({ hears }) => names(hears)) };
}

function verdictOf(
  ours: ExportedContract,
  exported: string,
  role: 'provider' | 'user',
  uses: Uses,
): string | undefined {
  const other = readOther(ours.contract, exported);
  if (typeof other === 'string') return other;
  const differences =
    role === 'user'
      ? differencesOf(ours, other, uses, { user: 'this host', provider: 'the other host' })
      : differencesOf(other, ours, usesOfAll(other), {
          user: 'the other host',
          provider: 'this host',
        });
  const [first, ...more] = differences;
  if (!first) return undefined;
  const sentence = first.sentence.slice(0, longestSentence);
  return more.length === 0 ? sentence : `${sentence} And ${more.length} more.`;
}

function usesOfAll({ calls }: ExportedContract): Uses {
  return { calls: Object.keys(calls), hears: true };
}

function readOther(contract: string, exported: string): ExportedContract | string {
  try {
    const other = parseContract(exported);
    if (other.contract === contract) return other;
    return `${contract}: the other host shows another contract instead.`;
  } catch (error) {
    return `${contract}: what the other host shows can not be read as a contract: ${(error as Error).message}.`;
  }
}
