import { context, diag, logs, metrics, propagation, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

import { newTrace } from '../calls/context.ts';
import type { Environment } from '../config/read-settings.ts';
import { toldLines } from './log-lines.ts';
import { toldMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import type { RunningTelemetry, Service } from './running-telemetry.ts';
import { hearTrouble } from './trouble.ts';

const scope = 'seamline';

/** A collector that does not answer delays no stop by more than this. */
const stopWithinMs = 2_000;

/**
 * Opens the SDK as the environment says. The only file that loads it, and itself loaded only when
 * telemetry is on. Spans that the collector does not take wait in a bounded queue
 * (OTEL_BSP_MAX_QUEUE_SIZE) and are dropped beyond it.
 */
export function openSdk(environment: Environment, service: Service): RunningTelemetry {
  const variables = variablesOf(environment, service);
  // Whoever sets OTEL_LOG_LEVEL gets the SDK's own words on the console.
  const reportTo = variables.OTEL_LOG_LEVEL === undefined ? hearTrouble() : undefined;
  const sdk = withVariables(variables, () => {
    // The SDK's own generator draws from Math.random, and the ids of traces are told to clients.
    const idGenerator = {
      generateTraceId: () => newTrace().traceId,
      generateSpanId: () => newTrace().spanId,
    };
    const made = new NodeSDK({ idGenerator, textMapPropagator: null });
    made.start();
    return made;
  });
  const isAsked = (name: string) => variables[name] !== 'none';
  const sampler = variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on';
  return {
    ...createRecorder({
      tracer: isAsked('OTEL_TRACES_EXPORTER') ? trace.getTracer(scope) : undefined,
      followsParent: sampler.startsWith('parentbased_'),
    }),
    measuring: (own) =>
      isAsked('OTEL_METRICS_EXPORTER') ? toldMetrics(own, metrics.getMeter(scope)) : own,
    logLines: isAsked('OTEL_LOGS_EXPORTER') ? toldLines(logs.getLogger(scope)) : undefined,
    reportTo: (log) => reportTo?.(log),
    async stop() {
      await within(stopWithinMs, sdk.shutdown());
      for (const api of [trace, metrics, logs, context, propagation, diag]) api.disable();
    },
  };
}

/** The standard variables, with our defaults: traces alone, and no looking around on the machine. */
function variablesOf(environment: Environment, { name, modules }: Service) {
  const given = Object.entries(environment).filter(
    ([variable, value]) => variable.startsWith('OTEL_') && value?.trim(),
  );
  const attributes = environment.OTEL_RESOURCE_ATTRIBUTES?.trim() ?? '';
  const own = `service.name=${encodeURIComponent(name)},seamline.modules=${modules.join('%2C')}`;
  return {
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'env,serviceinstance',
    ...(Object.fromEntries(given) as Record<string, string>),
    OTEL_RESOURCE_ATTRIBUTES: attributes === '' ? own : `${own},${attributes}`,
  } as Record<string, string | undefined>;
}

/** The SDK reads the environment of the process and no other, and only while it is being made. */
function withVariables<T>(variables: Readonly<Record<string, string | undefined>>, make: () => T) {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return make();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Resolves when the work is done, has failed, or has had its time. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
