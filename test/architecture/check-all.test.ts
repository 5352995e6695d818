import assert from 'node:assert/strict';
import test from 'node:test';

import { checkArchitecture } from './check-all.ts';
import { type Changes, contract, manifest, plantTree, withLines } from './clean-tree.ts';

const inOrders = (path: string) => `src/modules/orders/${path}`;
const store = inOrders('store/line-store.ts');
const sql = (text: string) => `const sql = String.raw;\nexport const query = sql\`${text}\`;\n`;
// Put together here, so that this file does not hold what it plants.
const later = `${'TO'}DO`;
const lines = (count: number) => 'export const line = 1;\n'.repeat(count);

/** Each rule that imports alone can't express, and changes that break it and no other. */
const breaches: readonly (readonly [rule: string, what: string, changes: Changes])[] = [
  [
    'module-has-a-manifest',
    'a module without one',
    { 'src/modules/returns/contract.ts': contract('returns') },
  ],
  [
    'module-has-a-manifest',
    'two manifests in one file',
    {
      'src/modules/stock/module.ts': `${manifest('stock', 'calls: [], hears: []')}export const twin = stockModule;\nexport const other = { ...twin };\n`,
    },
  ],
  [
    'module-has-a-manifest',
    'a contract that is not called like its folder',
    {
      'src/modules/returns/contract.ts': contract('refunds'),
      'src/modules/returns/module.ts': manifest('refunds', 'calls: [], hears: []'),
    },
  ],
  [
    'module-has-a-manifest',
    'a manifest that throws',
    { 'src/modules/stock/module.ts': 'throw new Error();\n' },
  ],
  [
    'calls-have-no-cycle',
    'two modules that call each other',
    {
      'src/modules/stock/module.ts': manifest(
        'stock',
        'calls: [orders], hears: [], needs: [orders]',
        "import { orders } from '#contracts/orders';",
      ),
    },
  ],
  [
    'imports-are-declared',
    'a contract imported by a file and missing in the manifest',
    {
      'src/modules/stock/application/restock.ts':
        "import type { orders } from '#contracts/orders';\n\nexport type Restock = typeof orders;\n",
    },
  ],
  [
    'imports-are-declared',
    'a contract imported by its path',
    {
      'src/modules/stock/application/restock.ts':
        "import { orders } from '../../orders/contract.ts';\n\nexport const restock = orders;\n",
    },
  ],
  [
    'declarations-are-used',
    'a contract in hears that nothing hears',
    {
      'src/modules/stock/module.ts': manifest(
        'stock',
        'calls: [], hears: [orders]',
        "import { orders } from '#contracts/orders';",
      ),
    },
  ],
  [
    'sql-names-own-tables',
    'a query on a neighbour’s table',
    { [store]: sql('select * from orders o join stock s on s.id = o.id') },
  ],
  [
    'sql-names-own-tables',
    'a query that is a plain string',
    { [store]: "export const query = 'delete from stock where id = 1';\n" },
  ],
  ['sql-names-own-tables', 'a table of the kernel', { [store]: sql('update outbox set sent = 1') }],
  ['sql-names-own-tables', 'a name with a schema', { [store]: sql('select * from stock.levels') }],
  [
    'sql-names-own-tables',
    'a name that is computed',
    { [store]: sql(`select * from \${process.title}`) },
  ],
  [
    'sql-names-own-tables',
    'an entity of a neighbour’s table',
    {
      [inOrders('store/entities.ts')]:
        "const defineEntity = (entity: object) => entity;\n\nexport const Level = defineEntity({ tableName: 'levels' });\n",
    },
  ],
  [
    'sql-names-own-tables',
    'a migration that refers to a neighbour’s table',
    {
      [inOrders('store/migrations/0001-orders.ts')]:
        "const statements = () => ['create table orders (id text references stock (id))'];\n\nexport const migrations = [{ name: '0001-orders', statements }];\n",
    },
  ],

  ['files-are-short', 'a file of 251 lines', { 'src/kernel/long.ts': lines(251) }],
  [
    'no-barrels',
    'a file that only re-exports',
    { 'src/kernel/all.ts': "export { openStore } from './stores/open-store.ts';\n" },
  ],
  [
    'no-barrels',
    'import and export of the same',
    {
      'src/kernel/all.ts':
        "import { openStore } from './stores/open-store.ts';\n\nexport { openStore };\n",
    },
  ],
  ['no-barrels', 'export *', withLines('src/kernel/host/host.ts', "export * from './start.ts';")],
  ['no-default-exports', 'a default export', { 'src/kernel/one.ts': 'export default 1;\n' }],
  [
    'no-default-exports',
    'a function by default',
    { 'src/kernel/one.ts': 'export default function one() {}\n' },
  ],
  [
    'no-default-exports',
    'a name made default',
    { 'src/kernel/one.ts': 'const one = 1;\n\nexport { one as default };\n' },
  ],
  [
    'nothing-is-left-for-later',
    'a note to oneself',
    withLines('src/kernel/host/host.ts', `// ${later}: the rest`),
  ],
  [
    'the-compiler-is-not-silenced',
    'a comment to the compiler',
    withLines('src/kernel/host/host.ts', `// ${'@ts'}-ignore`),
  ],
  [
    'no-decorators',
    'a decorator',
    { 'src/kernel/one.ts': 'const d = () => undefined;\n\n@d\nexport class One {}\n' },
  ],
  [
    'no-bang-beyond-an-index',
    'a hope',
    { 'src/kernel/one.ts': 'export const one = (user?: string) => user!.length;\n' },
  ],
  [
    'specifiers-name-files',
    'a .js that is a .ts',
    withLines('src/main.ts', "import './cli/main.js';"),
  ],
  ['names-are-kebab-case', 'camel case', { 'src/kernel/openStore.ts': lines(1) }],
  ['names-say-what', 'a drawer', { 'src/kernel/string-utils.ts': lines(1) }],
  [
    'names-say-what',
    'a folder that is a drawer',
    { 'src/modules/orders/domain/common/money.ts': lines(1) },
  ],
];

/** Files that some of the changes above lead to. */
const beside: Changes = { 'src/kernel/host/start.ts': lines(1) };

test('a clean tree has no breach, and every file is visited', async (t) => {
  const report = await checkArchitecture(plantTree(t, beside));
  assert.deepEqual(report, { breaches: [], visited: 31, onDisk: 31 });
});

for (const [rule, what, changes] of breaches) {
  test(`${rule} fires, and nothing else, on ${what}`, async (t) => {
    const { breaches: found } = await checkArchitecture(plantTree(t, { ...beside, ...changes }));
    assert.deepEqual([...new Set(found.map((breach) => breach.rule))], [rule]);
  });
}

test('what looks like a breach and is none passes', async (t) => {
  const { breaches: found } = await checkArchitecture(
    plantTree(t, {
      ...beside,
      [store]: sql(
        `with old as (select id from orders) delete from orders where id in (select id from old)`,
      ),
      'src/kernel/one.ts': `export const one = (list: string[], byId: Map<string, string>) =>
  list[0]! + byId.get('a')! + 'Select a card from the list';\n`,
    }),
  );
  assert.deepEqual(found, []);
});

test('the project itself has no breach, and every one of its files is visited', async () => {
  const { breaches: found, visited, onDisk } = await checkArchitecture(process.cwd());
  console.log(`architecture: ${visited} of ${onDisk} files visited`);
  assert.deepEqual(found, []);
  assert.equal(visited, onDisk);
});
