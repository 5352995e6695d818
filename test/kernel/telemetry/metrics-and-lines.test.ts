import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { ask } from '#test/customer';
import { type OtlpReceiver, startOtlpReceiver } from '#test/otlp-receiver';
import { openRunningShop, type RunningShop } from '#test/running-shop';
import { until } from '#test/until';

let collector: OtlpReceiver;
let shop: RunningShop;

before(async () => {
  collector = await startOtlpReceiver();
  const asked = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp', LOG_LEVEL: 'warn' };
  shop = await openRunningShop({ ...collector.env, ...asked });
});

test('a collector gets the measurements that the metrics page shows, where it is asked for', async () => {
  await ask(shop.url, 'GET /api/products');
  const durations = await until(() =>
    collector.metrics.findLast(({ name, points }) => {
      return name === 'http_request_duration_seconds' && pointAt(points, '/api/products');
    }),
  );
  const point = pointAt(durations.points, '/api/products') as { readonly count: unknown };
  assert.ok(Number(point.count) >= 1);
  const waiting = await until(() =>
    collector.metrics.find(({ name }) => name === 'seamline_outbox_events'),
  );
  assert.match(JSON.stringify(waiting.points), /"orders"/);
});

test('a collector gets the log lines, with the trace that they belong to, where it is asked for', async () => {
  const refused = await ask(shop.url, 'GET /api/orders');
  assert.equal(refused.status, 401);
  const traceId = refused.headers.get('x-request-id');
  const line = await until(() => collector.lines.find(({ facts }) => facts.trace === traceId));
  assert.equal(line.body, 'turned away');
  assert.equal(line.level, 'warn');
  assert.equal(line.facts.audit, 'unauthenticated');
});

function pointAt(points: readonly object[], path: string): object | undefined {
  return points.find((point) => JSON.stringify(point).includes(path));
}
