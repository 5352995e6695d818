import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';

import { fileEnd } from '#test/file-end';
import { temporaryFolder } from '#test/temp-folder';

import { shopSource, writtenSource } from '../../client/generate/generate.ts';
import { typescriptOf } from '../../client/generate/typescript-of.ts';

const tsc = resolve('node_modules/typescript7/bin/tsc');

test('the client in the tree is what its generator makes of the contracts', () => {
  assert.ok(writtenSource() === shopSource(), '`npm run client` writes it anew');
});

test('schemas become the types that they describe', () => {
  assert.equal(typescriptOf({ type: 'integer' }), 'number');
  assert.equal(typescriptOf({ enum: ['a', 'b'] }), "'a' | 'b'");
  assert.equal(typescriptOf({ anyOf: [{ type: 'string' }, { type: 'null' }] }), 'string | null');
  const list = { type: 'array', items: { enum: ['a', 'b'] } };
  assert.equal(typescriptOf(list), "readonly ('a' | 'b')[]");
  const thing = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
  assert.equal(typescriptOf(thing), '{\nreadonly id: string;\n}');
  assert.equal(typescriptOf({}), 'unknown');
});

test('the built package types and runs in a project of its own, from plain JavaScript too', () => {
  const project = temporaryFolder(fileEnd);
  const at = join(project, 'node_modules/seamline-client');
  mkdirSync(at, { recursive: true });
  cpSync('client/package.json', join(at, 'package.json'));
  execFileSync(process.execPath, [tsc, '-p', 'client', '--outDir', join(at, 'dist')]);

  const use = (call: string) =>
    `import { isRefusal, openShop } from 'seamline-client';
const shop = openShop({ url: 'http://127.0.0.1:1', retries: 0 });
export const asked = shop.catalog.listProducts(${call}).then(({ items }) => items[0]?.price.amount);
export const is = (error: unknown) => isRefusal(error, 'out_of_stock');
`;
  const check = (text: string) => {
    writeFileSync(join(project, 'use.ts'), text);
    const lib = ['--lib', 'es2023,dom', '--module', 'nodenext', '--strict', '--noEmit'];
    execFileSync(process.execPath, [tsc, ...lib, 'use.ts'], { cwd: project, stdio: 'pipe' });
  };
  check(use('{ limit: 3 }'));
  assert.throws(() => check(use("{ limit: 'three' }")));
  assert.throws(() => check(use('{}').replace('out_of_stock', 'out_of_luck')));

  const script = `import { NoAnswer, openShop } from 'seamline-client';
const shop = openShop({ url: 'http://127.0.0.1:1', retries: 0 });
await shop.catalog.listProducts().catch((error) => console.log(error instanceof NoAnswer));`;
  const args = ['--input-type=module', '-e', script];
  assert.equal(execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' }), 'true\n');
});
