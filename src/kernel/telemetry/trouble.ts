import { DiagLogLevel, diag } from '@opentelemetry/api';

import type { Logger } from '../ports/logger.ts';

/** Between two lines about what goes wrong while the process runs. */
const reportEveryMs = 60_000;

/** What went wrong before there was a log. */
const mostEarly = 10;

const longestShown = 300;

/**
 * Hears what the SDK complains of: settings that it does not know, a collector that does not answer.
 * Answers the function that has it logged from then on, and what was heard before at once.
 */
export function hearTrouble(): (log: Logger) => void {
  const early: string[] = [];
  let hear = (problem: string): void => {
    if (early.length < mostEarly) early.push(problem);
  };
  const silent = () => undefined;
  const told = (message: string) => hear(message.slice(0, longestShown));
  diag.setLogger(
    { error: told, warn: told, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  return (log) => {
    const report = (problem: string) => log.warn({ problem }, 'telemetry has trouble');
    for (const problem of early.splice(0)) report(problem);
    let nextAt = 0;
    hear = (problem) => {
      if (performance.now() < nextAt) return;
      nextAt = performance.now() + reportEveryMs;
      report(problem);
    };
  };
}
