import ts from 'typescript';

import type { Breach } from './breach.ts';
import type { ModuleFolder } from './manifests.ts';
import { nodesOf, parse, type SourceFile, sourceFiles } from './source-files.ts';
import { computed, tablesIn } from './sql-tables.ts';

/**
 * A module's SQL, in its code and in its migrations, names only tables that its own migrations
 * make, and so do its entities. Nobody joins a neighbour's rows, or the kernel's.
 */
export function checkOwnTables(root: string, modules: readonly ModuleFolder[]): readonly Breach[] {
  const files = sourceFiles(root);
  return modules.flatMap((module) => {
    const folder = `src/modules/${module.name}/`;
    const migrations = migrationSql(module).map(tablesIn);
    const own = new Set(migrations.flatMap(({ made }) => made));
    const inMigrations = migrations.flatMap(({ named }) => named);
    const inFiles = files
      .filter(({ path }) => path.startsWith(folder) && !path.startsWith(`${folder}test/`))
      .map((file) => ({ file: file.path, tables: tablesNamedBy(file) }));
    return [{ file: `${folder}module.ts`, tables: inMigrations }, ...inFiles].flatMap(
      ({ file, tables }) => foreign(module.name, file, tables, own),
    );
  });
}

function foreign(
  module: string,
  file: string,
  tables: readonly string[],
  own: ReadonlySet<string>,
): readonly Breach[] {
  const others = [...new Set(tables)].filter((table) => !own.has(table));
  return others.map((table) => ({
    rule: 'sql-names-own-tables',
    file,
    why:
      table === computed
        ? `A table's name is computed here, so nobody can tell whose it is: write it out.`
        : `No migration of ${module} makes the table ${table}: a module's rows are its own.`,
  }));
}

function migrationSql({ manifest }: ModuleFolder): readonly string[] {
  return manifest.store.migrations.flatMap(({ statements }) => [
    ...statements('sqlite'),
    ...statements('postgres'),
  ]);
}

/** Tables in the file's SQL: templates tagged `sql`, and texts that begin as a statement does. */
function tablesNamedBy(file: SourceFile): readonly string[] {
  const tables: string[] = [];
  for (const node of nodesOf(parse(file))) {
    const text = sqlOf(node);
    if (text !== undefined) tables.push(...tablesIn(text).named, ...tablesIn(text).made);
    const entity = entityTable(node);
    if (entity !== undefined) tables.push(entity);
  }
  return tables;
}

function sqlOf(node: ts.Node): string | undefined {
  if (ts.isTaggedTemplateExpression(node)) {
    return /\bsql$/.test(node.tag.getText()) ? withHoles(node.template) : undefined;
  }
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return undefined;
  const text = withHoles(node);
  return beginsAsStatement.test(text) ? text : undefined;
}

// In one case throughout: a sentence that begins with "Select" is none.
const beginsAsStatement =
  /^\s*(?:(?:select|SELECT|with|WITH)\s|(?:insert|INSERT)\s.*\s(?:into|INTO)\s|(?:delete from|DELETE FROM)\s|(?:update|UPDATE)\s+\S+\s+(?:set|SET)\s|(?:(?:create|alter|drop)\s+(?:table|index|unique|view|virtual|trigger)|(?:CREATE|ALTER|DROP)\s+(?:TABLE|INDEX|UNIQUE|VIEW|VIRTUAL|TRIGGER))\s)/;

function withHoles(template: ts.StringLiteralLike | ts.TemplateLiteral): string {
  if (!ts.isTemplateExpression(template)) return template.text;
  return [template.head.text, ...template.templateSpans.map(({ literal }) => literal.text)].join(
    ` ${computed} `,
  );
}

/** The table of a `defineEntity({ tableName: 'orders', … })`; without a name it can't be checked. */
function entityTable(node: ts.Node): string | undefined {
  const isEntity = ts.isCallExpression(node) && node.expression.getText() === 'defineEntity';
  const definition = isEntity ? node.arguments[0] : undefined;
  if (!definition || !ts.isObjectLiteralExpression(definition)) return undefined;
  const table = definition.properties.find((one) => one.name?.getText() === 'tableName');
  const isLiteral =
    table && ts.isPropertyAssignment(table) && ts.isStringLiteral(table.initializer);
  return isLiteral ? (table.initializer as ts.StringLiteral).text : computed;
}
