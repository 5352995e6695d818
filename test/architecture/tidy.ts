import { existsSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import ts from 'typescript';

import type { Breach } from './breach.ts';
import {
  importedSpecifiers,
  nodesOf,
  parse,
  type SourceFile,
  sourceFiles,
} from './source-files.ts';

/** Style that neither the compiler nor the formatter's linter checks. A reason stands in each message. */
export function checkTidy(root: string): readonly Breach[] {
  return sourceFiles(root).flatMap((file) => [
    ...checkName(file),
    ...checkText(file),
    ...checkSyntax(file),
    ...checkSpecifiers(root, file),
  ]);
}

const longestFile = 250;
// Put together here, so that this file does not hold what it looks for.
const unfinished = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
const silenced = new RegExp(`@ts-${'(?:ignore|expect-error|nocheck)'}`);
const kebabCase = /^\.?[a-z0-9]+(?:[-.][a-z0-9]+)*\.(?:ts|js)$/;
const drawer = /^(?:utils?|helpers?|common|shared|managers?|base|impl)$/;

function checkName({ path }: SourceFile): readonly Breach[] {
  const words = path.split(/[/.-]/);
  return [
    ...breach(
      !kebabCase.test(basename(path)),
      'names-are-kebab-case',
      path,
      'Files are kebab-case.',
    ),
    ...breach(
      words.some((word) => drawer.test(word)),
      'names-say-what',
      path,
      'A drawer (utils, helpers, common, shared, manager, base, impl) collects anything: name the thing.',
    ),
  ];
}

function checkText({ path, text }: SourceFile): readonly Breach[] {
  const lines = text.split('\n').length - 1;
  return [
    ...breach(
      lines > longestFile,
      'files-are-short',
      path,
      `It has ${lines} lines, and ${longestFile} at most fit in a head: split it by what it does.`,
    ),
    ...breach(
      unfinished.test(text),
      'nothing-is-left-for-later',
      path,
      'Finish it, or file an issue.',
    ),
    ...breach(
      silenced.test(text),
      'the-compiler-is-not-silenced',
      path,
      'Say to the compiler what you know; it may be wrong about what you do not.',
    ),
  ];
}

function checkSyntax(file: SourceFile): readonly Breach[] {
  const { path } = file;
  const source = parse(file);
  const nodes = [...nodesOf(source)];
  const has = (test: (node: ts.Node) => boolean) => nodes.some(test);
  return [
    ...breach(
      isBarrel(source),
      'no-barrels',
      path,
      'A file that only re-exports hides who needs what.',
    ),
    ...breach(
      has(isDefaultExport),
      'no-default-exports',
      path,
      'A thing has one name, and everybody calls it by that.',
    ),
    ...breach(
      has(ts.isDecorator),
      'no-decorators',
      path,
      'Node strips types and refuses decorators, though the compiler passes them.',
    ),
    ...breach(
      has(isUncheckedAssertion),
      'no-bang-beyond-an-index',
      path,
      '`!` is for an index that was checked; elsewhere it hides that something may be missing.',
    ),
  ];
}

function isBarrel(source: ts.SourceFile): boolean {
  const isReexport = (one: ts.Statement) =>
    ts.isExportDeclaration(one) && one.moduleSpecifier !== undefined;
  const isPassing = (one: ts.Statement) =>
    ts.isImportDeclaration(one) || ts.isExportDeclaration(one);
  const exportsSomething = source.statements.some(ts.isExportDeclaration);
  const onlyPassesOn = exportsSomething && source.statements.every(isPassing);
  return onlyPassesOn || source.statements.some((one) => isReexport(one) && isStar(one));
}

function isStar(statement: ts.Statement): boolean {
  return ts.isExportDeclaration(statement) && statement.exportClause === undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
    return !ts.isDefaultClause(node.parent);
  }
  return ts.isExportSpecifier(node) && node.name.text === 'default';
}

/** `rows[0]!` and `stocks.get(id)!` are an index; `user!` is a hope. */
function isUncheckedAssertion(node: ts.Node): boolean {
  if (!ts.isNonNullExpression(node) || ts.isElementAccessExpression(node.expression)) return false;
  return !/\.(?:get|at)\([^()]*\)$/.test(node.expression.getText());
}

function checkSpecifiers(root: string, file: SourceFile): readonly Breach[] {
  const wrong = importedSpecifiers(file).filter((specifier) => {
    if (!specifier.startsWith('.') || !/\.[mc]?js$/.test(specifier)) return false;
    return !existsSync(join(root, posix.dirname(file.path), specifier));
  });
  return wrong.map((specifier) => ({
    rule: 'specifiers-name-files',
    file: file.path,
    to: specifier,
    why: 'Node loads the file that is named: a TypeScript file is imported as .ts.',
  }));
}

function breach(isBreach: boolean, rule: string, file: string, why: string): readonly Breach[] {
  return isBreach ? [{ rule, file, why }] : [];
}
