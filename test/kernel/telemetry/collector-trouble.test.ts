import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createLogger } from '#kernel/log';
import { startTelemetry } from '#kernel/telemetry/start-telemetry';
import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { envTowards, startDeafReceiver } from '#test/otlp-receiver';
import { shopEnvironment } from '#test/running-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { openApp } from '../../../src/app.ts';

test('a collector that is not there disturbs no order and no stop', async () => {
  const impatient = { OTEL_EXPORTER_OTLP_TIMEOUT: '1000' };
  const app = await openShopTelling({ ...envTowards(await freePort()), ...impatient });
  await placeOrder(`${app.url}`);
  await app.stop();
});

test('a collector that hangs disturbs no order, and no stop waits for it', {
  timeout: 60_000,
}, async () => {
  const deaf = await startDeafReceiver();
  // The exporter itself would wait longer than this test may take.
  const patient = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000', OTEL_BSP_EXPORT_TIMEOUT: '600000' };
  const app = await openShopTelling({ ...deaf.env, ...patient });
  await placeOrder(`${app.url}`);
  await until(() => deaf.asked() > 0, { what: 'the collector to be told' });
  await app.stop();
});

test('what is wrong with the settings is logged, and that there is no collector, once a minute', async () => {
  const lines: { readonly problem: string }[] = [];
  const impatient = { OTEL_EXPORTER_OTLP_TIMEOUT: '100', OTEL_BSP_SCHEDULE_DELAY: '20' };
  const misspelt = { OTEL_TRACES_SAMPLER: 'sometimes' };
  const env = { ...envTowards(await freePort()), ...impatient, ...misspelt };
  const telemetry = await startTelemetry(env, { name: 'lonely', modules: [] });
  assert.ok(telemetry);
  telemetry.reportTo(createLogger('warn', { write: (line) => lines.push(JSON.parse(line)) }));
  assert.match(lines[0]?.problem ?? '', /sometimes/);
  const start = { kind: 'internal', name: 'unheard', facts: {} } as const;
  const telling = async () => {
    telemetry.begin(start, undefined)?.end();
    return lines.length > 1;
  };
  await until(telling, { what: 'the missing collector to be reported' });
  assert.match(lines[1]?.problem ?? '', /ECONNREFUSED/);
  for (let nth = 0; nth < 10; nth += 1) await telling();
  await telemetry.stop();
  assert.equal(lines.length, 2);
});

async function openShopTelling(env: Readonly<Record<string, string>>) {
  return await openApp({ ...(await shopEnvironment(temporaryFolder(fileEnd))), ...env });
}

async function placeOrder(url: string): Promise<void> {
  const productId = await stockProduct(await logInAdmin(url), 5);
  const customer = await Customer.signUp(url);
  const placed = await customer.order([{ productId, quantity: 2 }]);
  assert.equal(placed.body.status, 'completed');
}
