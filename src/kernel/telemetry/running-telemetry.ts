import type { Metrics } from '../metrics.ts';
import type { Logger } from '../ports/logger.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** What a process tells of itself with everything that it sends. */
export type Service = {
  /** Where OTEL_SERVICE_NAME is not set. */
  readonly name: string;
  readonly modules: readonly string[];
};

/** A collector is told of this process: spans, and metrics and log lines where that is asked for. */
export type RunningTelemetry = Telemetry & {
  /** The same metrics, which the collector gets too where OTEL_METRICS_EXPORTER says so. */
  measuring(metrics: Metrics): Metrics;
  /** Where log lines go that the collector gets too; undefined unless OTEL_LOGS_EXPORTER says so. */
  readonly logLines: { write(line: string): void } | undefined;
  /** Has settings that are not understood logged, and trouble with the collector, a line a minute. */
  reportTo(log: Logger): void;
  /** Sends what is left, for as long as that takes and two seconds at most. Never fails. */
  stop(): Promise<void>;
};
