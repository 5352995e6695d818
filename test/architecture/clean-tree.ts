import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { type Ending, temporaryFolder } from '#test/temp-folder';

/** File by path; `undefined` takes a file of the clean tree away. */
export type Changes = Readonly<Record<string, string | undefined>>;

const project = new URL('../../', import.meta.url);

/** Plants a small tree that breaks no rule, with some changes, in a folder of the test's own. */
export function plantTree(ending: Ending, changes: Changes = {}): string {
  const root = realpathSync(temporaryFolder(ending));
  for (const [path, text] of Object.entries({ ...manifests(), ...cleanTree, ...changes })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** A file of the clean tree (or a new one) with some lines put before it. */
export function withLines(path: string, lines: string): Changes {
  return { [path]: `${lines}\n${cleanTree[path] ?? 'export const here = 1;\n'}` };
}

/** A table of contents is what a manifest is: the smallest one, for a module `name`. */
export function manifest(name: string, parts: string, imports = ''): string {
  return `import { defineModule } from '#kernel/module';
${imports}
import { ${name} } from './contract.ts';

export const ${name}Module = defineModule({ contract: ${name}, store: { migrations: [] }, ${parts} });
`;
}

export function contract(name: string): string {
  return `import { defineContract } from '#kernel/contract';\n
export const ${name} = defineContract('${name}');\n`;
}

/** The project's own settings, and stand-ins for packages: which one is imported is all that counts. */
function manifests(): Readonly<Record<string, string>> {
  const { imports } = JSON.parse(readFileSync(new URL('package.json', project), 'utf8'));
  const named = ['inversify', 'tsyringe', 'typebox', 'better-sqlite3', '@mikro-orm/core'];
  const dependencies = versions([...named, '@opentelemetry/api', 'bullmq', 'express']);
  const devDependencies = versions(['moleculer']);
  const installed = [...Object.keys(dependencies), 'moleculer', 'undeclared'];
  return {
    'package.json': JSON.stringify({ type: 'module', imports, dependencies, devDependencies }),
    'tsconfig.json': readFileSync(new URL('tsconfig.json', project), 'utf8'),
    '.dependency-cruiser.js': readFileSync(new URL('.dependency-cruiser.js', project), 'utf8'),
    ...Object.fromEntries(installed.flatMap((name) => installation(name))),
  };
}

function versions(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, '1.0.0']));
}

function installation(name: string): [string, string][] {
  const about = { name, version: '1.0.0', type: 'module', main: 'index.js' };
  return [
    [`node_modules/${name}/package.json`, JSON.stringify(about)],
    [`node_modules/${name}/index.js`, 'export const it = 1;\n'],
  ];
}

const cleanTree: Readonly<Record<string, string>> = {
  'src/main.ts': `import { openApp } from './app.ts';\n\nconsole.log(openApp());\n`,
  'src/app.ts': `import { openHost } from '#kernel/host/host';

import { ordersModule } from './modules/orders/module.ts';
import { stockModule } from './modules/stock/module.ts';
import { inProcess } from './transports/in-process/calls.ts';

export const openApp = () => openHost([ordersModule, stockModule], inProcess);
`,
  'src/cli/main.ts': `import { openApp } from '../app.ts';\n\nconsole.log(openApp());\n`,

  'src/kernel/schema.ts': `import { it } from 'typebox';\n\nexport const schema = it;\n`,
  'src/kernel/failure.ts': `export type Failure = { readonly code: string };\n`,
  'src/kernel/contract.ts': `import type { Failure } from './failure.ts';\n
export type Contract = { readonly name: string; readonly failure?: Failure };
export const defineContract = (name: string): Contract => ({ name });\n`,
  'src/kernel/module.ts': `import type { Contract } from './contract.ts';\n
export const defineModule = <M extends { contract: Contract }>(module: M): M => module;\n`,
  'src/kernel/ports/clock.ts': `export type Clock = { now(): number };\n`,
  'src/kernel/ports/calls.ts': `import type { Contract } from '../contract.ts';
import type { Clock } from './clock.ts';\n
export type Calls = { call(contract: Contract, clock: Clock): void };\n`,
  'src/kernel/host/host.ts': `import { processScope } from '../wiring/process.ts';\n
export const openHost = (...parts: unknown[]) => [processScope, parts];\n`,
  'src/kernel/wiring/process.ts': `import { it } from 'inversify';\n
import { moduleScope } from './module-scope.ts';\n
export const processScope = [it, moduleScope];\n`,
  'src/kernel/wiring/module-scope.ts': `import { it } from 'tsyringe';\n
export const moduleScope = it;\n`,
  'src/kernel/stores/open-store.ts': `import { it } from 'better-sqlite3';\n
export const openStore = it;\n`,

  'src/transports/in-process/calls.ts': `import type { Calls } from '#kernel/ports/calls';\n
export const inProcess: Calls = { call: () => undefined };\n`,
  'src/transports/redis/events.ts': `import { it } from 'bullmq';\n\nexport const events = it;\n`,

  'src/modules/stock/contract.ts': contract('stock'),
  'src/modules/stock/module.ts': manifest('stock', 'calls: [], hears: []'),
  'src/modules/stock/domain/level.ts': `export const level = 1;\n`,

  'src/modules/orders/contract.ts': contract('orders'),
  'src/modules/orders/module.ts': `import { stock } from '#contracts/stock';
import { defineModule } from '#kernel/module';

import { placeOrder } from './application/place-order.ts';
import { orders } from './contract.ts';
import { courier } from './providers/courier.ts';
import { migrations } from './store/migrations/0001-orders.ts';

export const ordersModule = defineModule({
  contract: orders,
  calls: [stock],
  hears: [],
  store: { migrations },
  handlers: { placeOrder: placeOrder(courier) },
});
`,
  'src/modules/orders/routes.ts': `import { orders } from './contract.ts';\n
export const routes = [orders];\n`,
  'src/modules/orders/domain/order.ts': `import { orders } from '../contract.ts';\n
export const total = () => orders.name;\n`,
  'src/modules/orders/application/place-order.ts': `import { stock } from '#contracts/stock';\n
import { total } from '../domain/order.ts';
import type { Courier } from '../providers/courier.ts';
import { findOrder } from '../store/order-store.ts';\n
export const placeOrder = (courier: Courier) => [stock, total, findOrder, courier];\n`,
  'src/modules/orders/providers/courier.ts': `import { it } from 'express';\n
export type Courier = typeof courier;
export const courier = it;\n`,
  'src/modules/orders/store/entities.ts': `import { it } from '@mikro-orm/core';\n
const defineEntity = (entity: { tableName: string }) => [entity, it];
export const OrderEntity = defineEntity({ tableName: 'orders' });\n`,
  'src/modules/orders/store/order-store.ts': `import type { Clock } from '#kernel/ports/clock';\n
import { total } from '../domain/order.ts';\n
type Tx = { sql: (text: TemplateStringsArray, ...values: unknown[]) => unknown };
export const findOrder = (tx: Tx, id: string, clock: Clock) =>
  [tx.sql\`select * from orders where id = \${id}\`, total, clock];\n`,
  'src/modules/orders/store/migrations/0001-orders.ts': `const statements = () => [
  'create table orders (id text not null primary key)',
  'create index orders_by_id on orders (id)',
];\n
export const migrations = [{ name: '0001-orders', statements }];\n`,
  'src/modules/orders/test/place-order.test.ts': `import test from 'node:test';\n
import { until } from '#test/until';\n
import { stockModule } from '../../stock/module.ts';
import { total } from '../domain/order.ts';\n
test('an order is placed', () => until([stockModule, total]));\n`,

  'test/support/until.ts': `export const until = (answer: unknown) => console.log(answer);\n`,
  'test/journeys/shopping.test.ts': `import test from 'node:test';\n
import { orders } from '#contracts/orders';
import { until } from '#test/until';\n
import { openApp } from '../../src/app.ts';\n
test('somebody shops', () => until([orders, openApp]));\n`,
};
