import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { plantTree, withLines } from './clean-tree.ts';

const script = fileURLToPath(new URL('./lint.ts', import.meta.url));
const lint = (cwd: string) => spawnSync(process.execPath, [script], { cwd, encoding: 'utf8' });

test('lint:arch passes a clean tree and says how many files it visited', (t) => {
  const { status, stdout, stderr } = lint(plantTree(t));
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(stdout, 'architecture: 30 of 30 files visited, no breach\n');
});

test('lint:arch exits 1 on a breach and names the rule, both files and the reason', (t) => {
  const file = 'src/modules/orders/application/place-order.ts';
  const { status, stderr } = lint(
    plantTree(t, withLines(file, "import { level } from '../../stock/domain/level.ts';")),
  );
  assert.equal(status, 1);
  assert.match(
    stderr,
    /modules-meet-at-contracts: src\/modules\/orders\/application\/place-order\.ts -> src\/modules\/stock\/domain\/level\.ts\n {4}The contract is the only file/,
  );
});
