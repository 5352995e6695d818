import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';

import { inventory } from '#contracts/inventory';
import { exportContract } from '#kernel/versions/exported-contract';
import { seamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';

const file = join(temporaryFolder({ after }), 'contracts.json');
const check = () => seamline(['contracts', 'check', file]);

type Schema = { properties: Record<string, unknown>; required?: string[] };
type Calls = Record<string, { input: Schema; output: Schema }>;

/** Writes down a version of a contract that differs from this one in what the test says. */
function other(change: (calls: Calls) => void): void {
  const exported = structuredClone(exportContract(inventory));
  change(exported.calls as unknown as Calls);
  writeFileSync(file, JSON.stringify([exported]));
}

test('contracts are written down, and this version gets on with itself', async () => {
  const { code, out } = await seamline(['contracts', 'export', file]);
  assert.match(out, /^\d+ contracts written to .*contracts\.json\.$/m);
  assert.equal(code, 0);
  const checked = await check();
  assert.deepEqual(
    [checked.code, checked.out.trim()],
    [0, 'Hosts of both versions can talk with each other.'],
  );
});

test('what would break a host of the other version is named, and the exit code is 1', async () => {
  other((calls) => {
    const { getStock } = calls;
    calls.countStock = structuredClone(getStock as NonNullable<typeof getStock>);
    const { output } = getStock as { output: Schema };
    output.properties['sold\u001b[31m'] = { type: 'integer' };
    output.required = [...(output.required ?? []), 'sold\u001b[31m'];
  });
  const { code, out, complaint } = await check();
  assert.deepEqual([code, out], [1, '']);
  assert.match(complaint, /^2 things would break between the two versions:$/m);
  assert.match(
    complaint,
    /inventory\.countStock: the other version may call it, and this version does not have it\./,
  );
  assert.match(
    complaint,
    /inventory\.getStock, answer field sold \[31m: this version does not send it, and the other version needs it\./,
  );
});

test('what wants its provider first is listed, and passes', async () => {
  other((calls) => {
    delete calls.getStock;
  });
  const { code, out } = await check();
  assert.equal(code, 0);
  assert.match(out, /can talk, once the providers of these calls are of this version:/);
  assert.match(
    out,
    /inventory\.getStock: this version may call it, and the other version does not/,
  );
});

test('a file that holds no contracts is told as such', async () => {
  for (const [text, words] of [
    ['{}', /holds no contracts that were exported: it is no list of contracts/],
    ['[{"contract":"orders"}]', /holds no contracts that were exported: it has no calls/],
    ['[', /holds no contracts that were exported/],
  ] as const) {
    writeFileSync(file, text);
    const { code, complaint } = await check();
    assert.equal(code, 1);
    assert.match(complaint, words);
  }
  const nowhere = await seamline(['contracts', 'export', '/nowhere/contracts.json']);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.complaint, /\/nowhere\/contracts\.json can not be written/);
});
