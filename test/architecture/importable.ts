import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

import type { Breach } from './breach.ts';
import { parse, type SourceFile, sourceFiles } from './source-files.ts';

/**
 * Loads every file of the tree at `root` with Node, in one process of its own. The compiler passes
 * what Node refuses (a decorator, a `.js` that is a `.ts`, a type imported as a value), so only
 * this shows that there is no build step to miss.
 * A file that exports nothing does something when it is loaded (a test, a program): of such a file
 * the syntax and the imports are checked, and its statements do not run.
 */
export async function checkImportable(root: string): Promise<readonly Breach[]> {
  const files = sourceFiles(root).map((file) => ({ path: file.path, runs: exportsNothing(file) }));
  const script = fileURLToPath(new URL('./import-all.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', script, JSON.stringify(files)],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const failures = JSON.parse(stdout.slice(stdout.lastIndexOf('\n[') + 1)) as Failure[];
  return failures.map(({ path, error }) => ({
    rule: 'node-loads-every-file',
    file: path,
    why: error,
  }));
}

type Failure = { readonly path: string; readonly error: string };

/** Types do not count: nothing can be done with a file that exports only them but run it. */
function exportsNothing(file: SourceFile): boolean {
  const statements = parse(file).statements;
  const isOnlyTypes = statements.every(isTypeOrImport);
  return !isOnlyTypes && !statements.some(exportsValue);
}

function isTypeOrImport(statement: ts.Statement): boolean {
  return (
    isType(statement) || ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)
  );
}

function isType(statement: ts.Statement): boolean {
  return ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement);
}

function exportsValue(statement: ts.Statement): boolean {
  if (ts.isExportDeclaration(statement)) return !statement.isTypeOnly;
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return ts.isExportAssignment(statement) || (isExported && !isType(statement));
}
