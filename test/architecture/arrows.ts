import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import ts from 'typescript';

import type { Breach } from './breach.ts';
import { sourceFiles } from './source-files.ts';

export type ArrowsReport = { readonly breaches: readonly Breach[]; readonly visited: number };

/**
 * Checks every import of the tree at `root` against the arrows of `.dependency-cruiser.js`.
 * A file that the cruise did not visit is a breach too: dependency-cruiser finds nothing, and says
 * that all is well, when it can't read TypeScript or when its options leave files out.
 */
export async function checkArrows(root: string, arrows: IConfiguration): Promise<ArrowsReport> {
  const { forbidden = [], options = {} } = arrows;
  const { output } = await cruise(
    ['src', 'test'],
    { ...options, ruleSet: { forbidden }, validate: true, baseDir: root },
    options.enhancedResolveOptions,
    { tsConfig: readTsConfig(root) },
  );
  const { modules, summary } = output as ICruiseResult;
  const visited = new Set(modules.map(({ source }) => source));
  const onDisk = sourceFiles(root).map(({ path }) => path);
  const breaches = summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    file: from,
    to,
    why: forbidden.find(({ name }) => name === rule.name)?.comment ?? '',
  }));
  return {
    breaches: [...breaches, ...onDisk.filter((path) => !visited.has(path)).map(unvisited)],
    visited: onDisk.filter((path) => visited.has(path)).length,
  };
}

function unvisited(file: string): Breach {
  const why = 'The linter did not visit this file, so no rule guards what it imports.';
  return { rule: 'every-file-is-visited', file, why };
}

function readTsConfig(root: string): ts.ParsedCommandLine {
  const file = join(root, 'tsconfig.json');
  const { config } = ts.parseConfigFileTextToJson(file, readFileSync(file, 'utf8'));
  return ts.parseJsonConfigFileContent(config, ts.sys, root);
}
