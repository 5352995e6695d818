import assert from 'node:assert/strict';
import test from 'node:test';

import { createAudit } from '#kernel/audit';
import { createLogger } from '#kernel/log';
import { until } from '#test/until';

type Line = Readonly<Record<string, unknown>>;

function auditing(limits: Parameters<typeof createAudit>[1]) {
  const lines: Line[] = [];
  const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
  return { lines, audit: createAudit(log, limits) };
}

test('every refusal leaves a line, until the same one is tried again and again: then a count', async () => {
  const { lines, audit } = auditing({ linesPerWindow: 3, windowMs: 50 });
  for (let at = 0; at < 1_000; at += 1) audit('a', { audit: 'refusal', who: 'a', at });
  assert.equal(lines.length, 3);
  const last = await until(() => lines.find(({ unlogged }) => unlogged !== undefined));
  assert.deepEqual([last.audit, last.who, last.unlogged], ['refusal', 'a', 997]);
  audit('a', { audit: 'refusal', who: 'a' });
  assert.equal(lines.length, 5);
});

test('who floods the log with one thing hides no other', () => {
  const { lines, audit } = auditing({ linesPerWindow: 2 });
  for (let at = 0; at < 100; at += 1) audit('a', { audit: 'refusal', who: 'a' });
  audit('b', { audit: 'refusal', who: 'b' });
  assert.deepEqual(
    lines.map(({ who }) => who),
    ['a', 'a', 'b'],
  );
});
