// Loads the files given as JSON, `[{ path, runs }]`, one after another, and prints what failed.
// Runs in a process of its own, in the root of the tree that is checked.
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SourceTextModule } from 'node:vm';
import ts from 'typescript';

const importsOnly = '?imports-only';

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(importsOnly)) return nextLoad(url, context);
    const file = fileURLToPath(url.slice(0, -importsOnly.length));
    return { format: 'module', source: importsOf(file), shortCircuit: true };
  },
});

const files = JSON.parse(process.argv[2] ?? '[]') as { path: string; runs: boolean }[];
const failures: { path: string; error: string }[] = [];
for (const { path, runs } of files) {
  try {
    await import(`${pathToFileURL(resolve(path)).href}${runs ? importsOnly : ''}`);
  } catch (error) {
    failures.push({ path, error: `Node can't load it: ${String(error)}` });
  }
}
process.stdout.write(`\n${JSON.stringify(failures)}`, () => process.exit(0));

/** The imports of a file and nothing else. Throws when the rest of it is not what Node can read. */
function importsOf(file: string): string {
  const text = readFileSync(file, 'utf8');
  const code = file.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
  // Making a module of it parses it and runs nothing: a decorator is found here.
  new SourceTextModule(code);
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest);
  const imports = source.statements.filter(ts.isImportDeclaration);
  return imports.map((one) => code.slice(one.pos, one.end)).join('\n');
}
