import assert from 'node:assert/strict';
import test from 'node:test';

import { startApp } from '#test/app-process';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { startOtlpReceiver } from '#test/otlp-receiver';
import { temporaryFolder } from '#test/temp-folder';

/** Makes a process say which files of OpenTelemetry it loads. */
const telling = `
import { registerHooks } from 'node:module';
registerHooks({
  load(url, context, next) {
    if (url.includes('/@opentelemetry/')) console.error('loaded ' + url);
    return next(url, context);
  },
});`;

test('where telemetry is off, nothing of it is loaded', async (t) => {
  const none = [{}, { OTEL_TRACES_SAMPLER: 'always_on', OTEL_METRICS_EXPORTER: 'otlp' }];
  const { env } = await startOtlpReceiver();
  for (const off of [...none, { ...env, OTEL_SDK_DISABLED: 'true' }]) {
    assert.equal(await filesLoaded(t, off), 0);
  }
  assert.ok((await filesLoaded(t, env)) > 0);
});

test('an endpoint that is no URL stops the start with what is wrong, and is not shown', async () => {
  const wrong = { OTEL_EXPORTER_OTLP_ENDPOINT: 'user:secret@collector' };
  const started = startApp({
    port: await freePort(),
    dataDir: temporaryFolder(fileEnd),
    env: wrong,
  });
  await assert.rejects(started, (error: Error) => {
    assert.match(error.message, /ended with 78/);
    assert.match(error.message, /OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

async function filesLoaded(t: test.TestContext, given: Record<string, string>): Promise<number> {
  const dataDir = temporaryFolder(fileEnd);
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(telling)}`;
  const env = { DEMO: '0', NODE_OPTIONS, ...given };
  const app = await startApp({ port: await freePort(), dataDir, env });
  t.after(() => app.kill());
  await fetch(`${app.url}/api/products`);
  assert.equal(await app.stop(), 0);
  return app
    .output()
    .split('\n')
    .filter((line) => line.startsWith('loaded ')).length;
}
