import assert from 'node:assert/strict';
import test from 'node:test';

import { newTrace, parseTraceparent, traceparent } from '#kernel/calls/context';

test('a trace context crosses as text, and whether it is recorded crosses with it', () => {
  for (const sampled of [true, false]) {
    const trace = { ...newTrace(), sampled };
    assert.deepEqual(parseTraceparent(traceparent(trace)), trace);
  }
});

test('of the flags of others only the lowest is read', () => {
  const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
  for (const [flags, sampled] of [
    ['03', true],
    ['ff', true],
    ['02', false],
    ['fe', false],
  ] as const) {
    const read = parseTraceparent(`00-${traceId}-${spanId}-${flags}`);
    assert.deepEqual(read, { traceId, spanId, sampled });
  }
});

test('whatever is no trace context of version 00 is none', () => {
  const good = traceparent(newTrace());
  const wrong = [
    '',
    good.toUpperCase(),
    `${good} `,
    `01${good.slice(2)}`,
    good.slice(1),
    `${good}-00`,
  ];
  for (const text of wrong) assert.equal(parseTraceparent(text), undefined);
});
