import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { IConfiguration } from 'dependency-cruiser';

import { checkArrows } from './arrows.ts';
import type { Breach } from './breach.ts';
import { checkDeclarations } from './declarations.ts';
import { checkCallGraph, loadManifests } from './manifests.ts';
import { checkOwnTables } from './own-tables.ts';
import { sourceFiles } from './source-files.ts';
import { checkTidy } from './tidy.ts';

export type ArchitectureReport = {
  readonly breaches: readonly Breach[];
  readonly visited: number;
  readonly onDisk: number;
};

/** All that `npm run lint:arch` checks of the tree at `root`, which has a `.dependency-cruiser.js`. */
export async function checkArchitecture(root: string): Promise<ArchitectureReport> {
  const arrows = await checkArrows(root, await readArrows(root));
  const { modules, breaches } = await loadManifests(root);
  return {
    breaches: [
      ...arrows.breaches,
      ...breaches,
      ...checkCallGraph(modules),
      ...checkDeclarations(root, modules),
      ...checkOwnTables(root, modules),
      ...checkTidy(root),
    ],
    visited: arrows.visited,
    onDisk: sourceFiles(root).length,
  };
}

export async function readArrows(root: string): Promise<IConfiguration> {
  const file = pathToFileURL(join(root, '.dependency-cruiser.js')).href;
  return ((await import(file)) as { default: IConfiguration }).default;
}
