import type { ExportedContract } from './exported-contract.ts';
import type { Gap } from './gap.ts';
import { gapOf } from './schema-fit.ts';

/** What one side wants of a contract that the other serves. */
export type Uses = {
  /** The calls that it may make. */
  readonly calls: readonly string[];
  /** Whether it hears the events. */
  readonly hears: boolean;
};

/** How the two are called in sentences: `this host`, `the other host`. */
export type Sides = { readonly user: string; readonly provider: string };

/** A thing that would go wrong between two versions, in a sentence. */
export type Difference = { readonly about: 'calls' | 'events'; readonly sentence: string };

/**
 * All that keeps a user with one version of a contract from a provider with another. What neither
 * side can notice is no difference: calls that nobody makes, fields that are ignored, failures that
 * are treated by their kind.
 */
export function differencesOf(
  user: ExportedContract,
  provider: ExportedContract,
  uses: Uses,
  sides: Sides,
): readonly Difference[] {
  const pair = { user, provider, sides };
  const calls = uses.calls.flatMap((name) => callDifferences(pair, name));
  const failures = uses.calls.length > 0 ? failureDifferences(pair) : [];
  const events = uses.hears ? eventDifferences(pair) : [];
  return [
    ...[...calls, ...failures].map((sentence) => ({ about: 'calls' as const, sentence })),
    ...events.map((sentence) => ({ about: 'events' as const, sentence })),
  ];
}

type Pair = {
  readonly user: ExportedContract;
  readonly provider: ExportedContract;
  readonly sides: Sides;
};

function callDifferences({ user, provider, sides }: Pair, name: string): readonly string[] {
  const what = `${user.contract}.${name}`;
  const made = own(user.calls, name);
  const served = own(provider.calls, name);
  if (!made) return [];
  if (!served) {
    return [`${what}: ${sides.user} may call it, and ${sides.provider} does not have it.`];
  }
  if (made.kind !== served.kind) {
    return [
      `${what}: it is a ${made.kind} for ${sides.user}, and a ${served.kind} for ${sides.provider}.`,
    ];
  }
  const [to, back] = [reversed(sides), sides];
  return [
    ...told(`${what}, input`, gapOf(made.input, served.input), to),
    ...told(`${what}, answer`, gapOf(served.output, made.output), back),
  ];
}

function failureDifferences({ user, provider, sides }: Pair): readonly string[] {
  return Object.entries(user.failures).flatMap(([code, known]) => {
    const thrown = own(provider.failures, code);
    const what = `${user.contract}, failure ${code}`;
    if (!thrown) return [];
    if (known.kind !== thrown.kind) {
      return [
        `${what}: it means ${known.kind} for ${sides.user}, and ${thrown.kind} for ${sides.provider}.`,
      ];
    }
    if (!known.details) return [];
    return told(`${what}, details`, gapOf(thrown.details ?? noDetails, known.details), sides);
  });
}

const noDetails = { type: 'null' };

/** Events that only one side knows are never published, or are passed over. */
function eventDifferences({ user, provider, sides }: Pair): readonly string[] {
  return Object.entries(user.events).flatMap(([name, heard]) => {
    const published = own(provider.events, name);
    const what = `${user.contract}.${name}`;
    if (!published) return [];
    if (heard.subject !== published.subject) {
      return [
        `${what}: ${sides.user} hears it in the order of ${heard.subject}, and ${sides.provider} publishes it in that of ${published.subject}.`,
      ];
    }
    return told(`${what}, data`, gapOf(published.data, heard.data), sides);
  });
}

/** The provider sends, unless the sides are reversed: then the user does. */
function told(what: string, gap: Gap | undefined, { user, provider }: Sides): readonly string[] {
  if (!gap) return [];
  const where = gap.field === '' ? '' : ` field ${gap.field}`;
  return [`${what}${where}: ${provider} ${gap.sends}, and ${user} ${gap.takes}.`];
}

function reversed({ user, provider }: Sides): Sides {
  return { user: provider, provider: user };
}

function own<T>(byName: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
