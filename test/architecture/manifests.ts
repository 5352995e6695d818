import { existsSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Breach } from './breach.ts';

/** What the checks need of a manifest; `ModuleDefinition` of the kernel is one. */
export type Manifest = {
  readonly contract: { readonly name: string };
  readonly calls: readonly { readonly name: string }[];
  readonly hears: readonly { readonly name: string }[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly store: {
    readonly migrations: readonly {
      readonly statements: (dialect: 'sqlite' | 'postgres') => readonly string[];
    }[];
  };
};

export type ModuleFolder = { readonly name: string; readonly manifest: Manifest };

export type Manifests = {
  readonly modules: readonly ModuleFolder[];
  readonly breaches: readonly Breach[];
};

/** Loads the manifest of every folder under src/modules of the tree at `root`. */
export async function loadManifests(root: string): Promise<Manifests> {
  const folders = globSync('src/modules/*/', { cwd: root })
    .map((path) => basename(path))
    .sort();
  const loaded = await Promise.all(folders.map((name) => loadManifest(root, name)));
  return {
    modules: loaded.filter((one) => 'manifest' in one),
    breaches: loaded.filter((one) => 'rule' in one),
  };
}

async function loadManifest(root: string, name: string): Promise<ModuleFolder | Breach> {
  const file = `src/modules/${name}/module.ts`;
  const wrong = (why: string): Breach => ({ rule: 'module-has-a-manifest', file, why });
  if (!existsSync(join(root, file))) return wrong('Every module says in module.ts what it is.');
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(join(root, file)).href);
  } catch (error) {
    return wrong(`It can't be loaded: ${String(error)}`);
  }
  const manifests = Object.values(exported).filter(isManifest);
  const [manifest] = manifests;
  if (!manifest || manifests.length > 1) {
    return wrong(`It exports ${manifests.length} manifests (made by defineModule) instead of one.`);
  }
  if (manifest.contract.name !== name) {
    return wrong(
      `Its contract is called ${manifest.contract.name}; folder and contract share a name.`,
    );
  }
  return { name, manifest };
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && 'contract' in value && 'calls' in value;
}

/** No way through `calls` may lead back to where it began; events may flow back. */
export function checkCallGraph(modules: readonly ModuleFolder[]): readonly Breach[] {
  const calls = new Map(
    modules.map(({ name, manifest }) => [name, manifest.calls.map((contract) => contract.name)]),
  );
  const cycles = new Map<string, readonly string[]>();
  for (const { name } of modules) {
    for (const cycle of cyclesFrom(name, calls, [])) cycles.set([...cycle].sort().join(), cycle);
  }
  return [...cycles.values()].map((cycle) => ({
    rule: 'calls-have-no-cycle',
    file: manifestOf(cycle[0]),
    to: manifestOf(cycle[1] ?? cycle[0]),
    why: `${[...cycle, cycle[0]].join(' calls ')}: modules that wait for each other can't be placed, started or understood apart. Let one of them hear an event instead.`,
  }));
}

function cyclesFrom(
  name: string,
  calls: ReadonlyMap<string, readonly string[]>,
  path: readonly string[],
): readonly (readonly string[])[] {
  const seenAt = path.indexOf(name);
  if (seenAt >= 0) return [path.slice(seenAt)];
  return (calls.get(name) ?? []).flatMap((called) => cyclesFrom(called, calls, [...path, name]));
}

function manifestOf(name = ''): string {
  return `src/modules/${name}/module.ts`;
}
