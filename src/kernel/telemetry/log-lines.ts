import { type Logger, SeverityNumber } from '@opentelemetry/api';

import { outputLines } from '../log.ts';

const severities: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

type Line = { readonly level: string; readonly time: string; readonly msg: string };

/**
 * Where log lines go that are told to a collector too. It gets a line as standard output does, after
 * secrets have been taken out of it.
 */
export function toldLines(logger: Logger): { write(line: string): void } {
  const output = outputLines();
  return {
    write(line) {
      output.write(line);
      const { level, time, msg, ...attributes } = JSON.parse(line) as Line & Record<string, never>;
      logger.emit({
        timestamp: Date.parse(time),
        severityNumber: severities[level] ?? SeverityNumber.UNSPECIFIED,
        severityText: level,
        body: msg,
        attributes,
      });
    },
  };
}
