import { posix } from 'node:path';
import ts from 'typescript';

import type { Breach } from './breach.ts';
import type { ModuleFolder } from './manifests.ts';
import {
  importedSpecifiers,
  nodesOf,
  parse,
  type SourceFile,
  sourceFiles,
} from './source-files.ts';

/**
 * `calls` and `hears` of a manifest are the one source of every boundary, so together they must be
 * exactly the contracts that the module's files import, and each must be used for something.
 */
export function checkDeclarations(
  root: string,
  modules: readonly ModuleFolder[],
): readonly Breach[] {
  const files = sourceFiles(root);
  return modules.flatMap((module) => {
    const folder = `src/modules/${module.name}/`;
    const own = files.filter(
      ({ path }) => path.startsWith(folder) && !path.startsWith(`${folder}test/`),
    );
    return [...undeclared(module, own), ...unused(module, own)];
  });
}

function undeclared(
  { name, manifest }: ModuleFolder,
  files: readonly SourceFile[],
): readonly Breach[] {
  const declared = new Set([...manifest.calls, ...manifest.hears].map((contract) => contract.name));
  return files.flatMap((file) =>
    importedContracts(file)
      .filter((contract) => contract !== name && !declared.has(contract))
      .map((contract) => ({
        rule: 'imports-are-declared',
        file: file.path,
        to: `src/modules/${contract}/contract.ts`,
        why: `The manifest of ${name} names ${contract} neither in calls nor in hears.`,
      })),
  );
}

function unused({ name, manifest }: ModuleFolder, files: readonly SourceFile[]): readonly Breach[] {
  const path = `src/modules/${name}/module.ts`;
  const used = new Set(
    files.flatMap((file) =>
      file.path === path ? [...mentionedBeyondLists(file)] : importedContracts(file),
    ),
  );
  return [...manifest.calls, ...manifest.hears]
    .filter((contract) => !used.has(contract.name))
    .map((contract) => ({
      rule: 'declarations-are-used',
      file: path,
      to: `src/modules/${contract.name}/contract.ts`,
      why: `The manifest declares ${contract.name}, and nothing in ${name} uses it: a grant that nobody needs.`,
    }));
}

/** The modules whose contracts a file imports, in either spelling. */
function importedContracts(file: SourceFile): readonly string[] {
  return importedSpecifiers(file).flatMap((specifier) => {
    const path = specifier.startsWith('.')
      ? posix.join(posix.dirname(file.path), specifier)
      : specifier.replace(/^#contracts\/(.+)$/, 'src/modules/$1/contract.ts');
    return /^src\/modules\/([^/]+)\/contract\.ts$/.exec(path)?.slice(1) ?? [];
  });
}

/** Every name in a manifest outside its imports and its `calls` and `hears`. */
function* mentionedBeyondLists(file: SourceFile): Generator<string> {
  for (const node of nodesOf(parse(file))) {
    if (ts.isIdentifier(node) && !isOnlyDeclaring(node)) yield node.text;
  }
}

function isOnlyDeclaring(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return true;
  const isList = ts.isPropertyAssignment(node) && /^(calls|hears)$/.test(node.name.getText());
  return isList || (node.parent !== undefined && isOnlyDeclaring(node.parent));
}
