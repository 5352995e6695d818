import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export type SourceFile = {
  /** From the root of the tree, with `/`: `src/modules/orders/module.ts`. */
  readonly path: string;
  readonly text: string;
};

/** Every code file under src and test of the tree at `root`, sorted. Read anew at each call. */
export function sourceFiles(root: string): readonly SourceFile[] {
  const folders = ['src', 'test'].filter((folder) => existsSync(join(root, folder)));
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,mts,cts,js,mjs,cjs}`, { cwd: root }))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/node_modules/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

export function parse({ path, text }: SourceFile): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** Every node of a file, parents before children. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  for (const child of children) yield* nodesOf(child);
}

/** What a file imports, by any form: `import`, `export from`, `import()`, `import('x').T`. */
export function importedSpecifiers(file: SourceFile): readonly string[] {
  const specifiers: string[] = [];
  for (const node of nodesOf(parse(file))) {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text);
  }
  return specifiers;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return node.argument.literal;
  const isDynamic =
    ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic ? node.arguments[0] : undefined;
}
