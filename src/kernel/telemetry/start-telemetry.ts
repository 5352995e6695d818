import { ConfigError, type Environment } from '../config/read-settings.ts';
import type { RunningTelemetry, Service } from './running-telemetry.ts';

export type { RunningTelemetry, Service };

/** Either of them switches telemetry on. */
const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/**
 * Starts what the standard OTEL_* variables ask for. Without an endpoint, and where OTEL_SDK_DISABLED
 * is true, answers undefined and loads nothing. Throws a `ConfigError` for an endpoint that is none.
 */
export async function startTelemetry(
  environment: Environment,
  service: Service,
): Promise<RunningTelemetry | undefined> {
  const given = endpoints.filter((name) => isSet(environment[name]));
  const isDisabled = environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
  if (given.length === 0 || isDisabled) return undefined;
  const problems = given.filter((name) => !isUrl(environment[name])).map(problemOf);
  if (problems.length > 0) throw new ConfigError(problems);
  const { openSdk } = await import('./open-sdk.ts');
  return openSdk(environment, service);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}

function isUrl(value: string | undefined): boolean {
  return URL.canParse(value ?? '') && /^https?:$/.test(new URL(value ?? '').protocol);
}

/** What was given is not shown: it may hold a password. */
function problemOf(name: string): string {
  return `${name} must be a URL that starts with http:// or https://, for example ${name}=http://127.0.0.1:4318`;
}
