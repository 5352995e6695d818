import { type Difference, differencesOf, type Sides, type Uses } from './differences.ts';
import type { ExportedContract } from './exported-contract.ts';

/** What becomes of hosts with another version of contracts when hosts of this version join them. */
export type Comparison = {
  /** What stops working, whoever is restarted first. */
  readonly breaks: readonly string[];
  /** What works once its provider is of this version, and not before. */
  readonly providersFirst: readonly string[];
};

const sides: Sides = { user: 'the other version', provider: 'this version' };
const reversed: Sides = { user: 'this version', provider: 'the other version' };

/**
 * Compares all contracts of this version with those of another. Events have to fit in both
 * directions: those that were published before are kept, and are heard by new hosts too.
 */
export function compareVersions(
  these: readonly ExportedContract[],
  others: readonly ExportedContract[],
): Comparison {
  const pairs = others.map((other) => ({
    other,
    own: these.find(({ contract }) => contract === other.contract),
  }));
  const breaks: string[] = [];
  const providersFirst: string[] = [];
  for (const { own, other } of pairs) {
    if (!own) {
      breaks.push(`${other.contract}: this version has no such contract.`);
      continue;
    }
    breaks.push(...sentences(differencesOf(other, own, allOf(other), sides)));
    const back = differencesOf(own, other, allOf(own), reversed);
    breaks.push(...sentences(back.filter(({ about }) => about === 'events')));
    providersFirst.push(...sentences(back.filter(({ about }) => about === 'calls')));
  }
  return { breaks: [...new Set(breaks)], providersFirst };
}

function allOf({ calls }: ExportedContract): Uses {
  return { calls: Object.keys(calls), hears: true };
}

function sentences(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ sentence }) => sentence);
}
