import assert from 'node:assert/strict';
import { test } from 'node:test';

import { catalog } from '../contract.ts';
import { requireSmall } from '../domain/metadata.ts';

const { metadataTooLarge } = catalog.errors;

const nested = (levels: number): Record<string, unknown> =>
  levels === 1 ? {} : { next: nested(levels - 1) };

test('metadata may be eight levels deep, lists included', () => {
  requireSmall(nested(8));
  requireSmall({ colours: [{ name: 'red' }] });
  assert.throws(() => requireSmall(nested(9)), metadataTooLarge.is);
  assert.throws(() => requireSmall({ a: [[[[[[[[]]]]]]]] }), metadataTooLarge.is);
});

test('metadata nested without end is refused instead of breaking anything', () => {
  const text = '['.repeat(100_000) + ']'.repeat(100_000);
  assert.throws(() => requireSmall({ bomb: JSON.parse(text) as unknown }), metadataTooLarge.is);
});

test('metadata is measured in bytes, not in letters', () => {
  const around = JSON.stringify({ text: '' }).length;
  requireSmall({ text: 'x'.repeat(16_384 - around) });
  assert.throws(() => requireSmall({ text: 'x'.repeat(16_385 - around) }), metadataTooLarge.is);
  assert.throws(() => requireSmall({ text: 'é'.repeat(10_000) }), metadataTooLarge.is);
});
