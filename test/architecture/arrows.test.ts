import assert from 'node:assert/strict';
import test from 'node:test';
import type { IConfiguration } from 'dependency-cruiser';

import { checkArrows } from './arrows.ts';
import { readArrows } from './check-all.ts';
import { type Changes, contract, manifest, plantTree, withLines } from './clean-tree.ts';

const arrows = await readArrows(process.cwd());

const clock = 'src/kernel/ports/clock.ts';
const inKernel = 'src/kernel/log.ts';
const inOrders = (path: string) => `src/modules/orders/${path}`;
const useCase = inOrders('application/place-order.ts');

/** Each rule, and the lines that break it and no other. */
const breaches: readonly (readonly [rule: string, file: string, line: string])[] = [
  ['ports-stand-alone', clock, "import type { Stats } from 'node:fs';"],
  ['ports-are-types-only', clock, "import { defineContract } from '../contract.ts';"],

  ['kernel-knows-no-module', inKernel, "import type { orders } from '#contracts/orders';"],
  ['kernel-knows-no-transport', inKernel, "import '../transports/redis/events.ts';"],
  ['kernel-stands-below-the-app', inKernel, "import { openApp } from '../app.ts';"],
  ['inversify-composes-the-process', 'src/app.ts', "import { it } from 'inversify';"],
  ['tsyringe-wires-a-module', 'src/app.ts', "import { it } from 'tsyringe';"],
  ['schemas-come-from-the-kernel', 'src/app.ts', "import { it } from 'typebox';"],

  ['databases-only-in-stores', inKernel, "import { it } from 'better-sqlite3';"],
  ['databases-only-in-stores', inOrders('providers/courier.ts'), "import '@mikro-orm/core';"],
  ['module-stores-use-mikro-orm-only', inOrders('store/order-store.ts'), "import 'express';"],
  ['brokers-only-in-transports', inKernel, "import { it } from 'bullmq';"],
  ['telemetry-behind-one-door', 'src/app.ts', "import { it } from '@opentelemetry/api';"],
  ['telemetry-is-loaded-when-asked-for', inKernel, "import './telemetry/open-sdk.ts';"],
  ['packages-are-declared', 'src/app.ts', "import { it } from 'undeclared';"],
  ['production-needs-no-dev-package', 'src/app.ts', "import { it } from 'moleculer';"],

  ['contract-stands-alone', inOrders('contract.ts'), "import './domain/order-line.ts';"],
  ['contract-stands-alone', inOrders('contract.ts'), "import '#contracts/stock';"],
  ['domain-is-pure', inOrders('domain/order.ts'), "import { randomUUID } from 'node:crypto';"],
  ['domain-is-pure', inOrders('domain/order.ts'), "import '#kernel/schema';"],
  ['domain-is-pure', inOrders('domain/order.ts'), "import '#contracts/stock';"],
  ['application-knows-domain-and-stores', useCase, "import { it } from 'express';"],
  ['application-knows-domain-and-stores', useCase, "import '../store/entities.ts';"],
  [
    'application-gets-adapters-as-parts',
    useCase,
    "import { courier } from '../providers/courier.ts';",
  ],
  ['store-knows-domain-and-database', inOrders('store/order-store.ts'), "import '#kernel/module';"],
  [
    'store-knows-domain-and-database',
    inOrders('store/order-store.ts'),
    "import '#contracts/stock';",
  ],
  ['routes-are-data', inOrders('routes.ts'), "import { total } from './domain/order.ts';"],
  ['routes-are-data', inOrders('routes.ts'), "import { stock } from '#contracts/stock';"],
  ['manifest-only-wires', inOrders('module.ts'), "import { readFileSync } from 'node:fs';"],
  ['adapters-serve-their-module', inOrders('providers/courier.ts'), "import '#contracts/stock';"],
  [
    'adapters-know-use-cases-by-type',
    inOrders('mailers/mailer.ts'),
    "import '../application/place-order.ts';",
  ],

  ['modules-meet-at-contracts', useCase, "import { level } from '../../stock/domain/level.ts';"],
  [
    'modules-meet-at-contracts',
    useCase,
    "import type { level } from '../../stock/domain/level.ts';",
  ],
  ['modules-meet-at-contracts', useCase, "export { level } from '../../stock/domain/level.ts';"],
  ['modules-meet-at-contracts', useCase, "const x = await import('../../stock/domain/level.ts');"],
  ['modules-meet-at-contracts', useCase, "type X = import('../../stock/domain/level.ts').X;"],
  [
    'modules-meet-at-contracts',
    inOrders('store/order-store.ts'),
    "import '../../stock/module.ts';",
  ],
  [
    'modules-know-neither-transport-nor-app',
    useCase,
    "import '../../../transports/redis/events.ts';",
  ],
  ['modules-know-neither-transport-nor-app', useCase, "import '../../../launch.ts';"],
  ['modules-see-no-wiring', useCase, "import { openHost } from '#kernel/host/host';"],

  ['transports-know-only-ports', 'src/transports/redis/events.ts', "import '#kernel/module';"],
  [
    'transports-know-only-ports',
    'src/transports/redis/events.ts',
    "import '../in-process/calls.ts';",
  ],
  ['app-opens-manifests', 'src/app.ts', "import './modules/stock/domain/level.ts';"],

  ['production-knows-no-test', inKernel, "import { until } from '../../test/support/until.ts';"],
  ['module-tests-use-doors', inOrders('test/x.test.ts'), "import '../../stock/domain/level.ts';"],
  [
    'tests-use-doors',
    'test/journeys/x.test.ts',
    "import '../../src/modules/stock/domain/level.ts';",
  ],

  ['no-cycles', inOrders('domain/order-line.ts'), "import type { total } from './order-total.ts';"],
  ['no-unresolvable', useCase, "import { nobody } from './nowhere.ts';"],
  ['no-unresolvable', 'src/app.ts', "import '#kernel/nowhere';"],
];

/** Files that some of the lines above lead to. */
const beside: Changes = {
  'src/launch.ts': 'export const launch = 1;\n',
  'src/kernel/telemetry/open-sdk.ts': "import '@opentelemetry/api';\n",
  [inOrders('domain/order-line.ts')]: 'export const line = 1;\n',
  [inOrders('domain/order-total.ts')]:
    "import { line } from './order-line.ts';\n\nexport const total = line;\n",
};

test('a clean tree breaks no rule, and all its files are visited', async (t) => {
  const { breaches: found, visited } = await checkArrows(plantTree(t, beside), arrows);
  assert.deepEqual(found, []);
  assert.equal(visited, 34);
});

for (const [rule, file, line] of breaches) {
  test(`${rule} fires, and nothing else, on ${file}: ${line}`, async (t) => {
    const root = plantTree(t, { ...beside, ...withLines(file, line) });
    const { breaches: found } = await checkArrows(root, arrows);
    assert.deepEqual([...new Set(found.map((breach) => breach.rule))], [rule]);
    assert.ok(found.every((breach) => breach.to && breach.why.length > 20));
    assert.ok(rule === 'no-cycles' || found.every((breach) => breach.file === file));
  });
}

test('every rule has a breach here, and a reason', () => {
  const rules = (arrows.forbidden ?? []).map(({ name, comment }) => ({ name, comment }));
  const broken = new Set<string | undefined>(breaches.map(([rule]) => rule));
  assert.deepEqual(
    rules.filter(({ name }) => !broken.has(name)),
    [],
  );
  assert.deepEqual(
    rules.filter(({ comment = '' }) => comment.length < 40),
    [],
  );
});

test('a module that was added a moment ago is guarded, though no list names it', async (t) => {
  const root = plantTree(t, {
    'src/modules/returns/contract.ts': contract('returns'),
    'src/modules/returns/module.ts': manifest('returns', 'calls: [], hears: []'),
    'src/modules/returns/domain/return.ts': "import '../../orders/domain/order.ts';\n",
    'src/modules/returns/routes.ts': "import '../orders/routes.ts';\n",
  });
  const { breaches: found } = await checkArrows(root, arrows);
  assert.deepEqual(found.map(({ rule }) => rule).sort(), [
    'domain-is-pure',
    'modules-meet-at-contracts',
  ]);
});

test('a file that the linter left out is a breach, whatever the linter says', async (t) => {
  const blind: IConfiguration = {
    ...arrows,
    options: { ...arrows.options, exclude: { path: '^src/modules/stock/' } },
  };
  const { breaches: found } = await checkArrows(plantTree(t), blind);
  const files = found
    .filter(({ rule }) => rule === 'every-file-is-visited')
    .map(({ file }) => file);
  assert.deepEqual(files, [
    'src/modules/stock/contract.ts',
    'src/modules/stock/domain/level.ts',
    'src/modules/stock/module.ts',
  ]);
});
