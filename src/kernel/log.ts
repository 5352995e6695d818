import pino from 'pino';

import type { Logger } from './ports/logger.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields that must never reach a log, wherever in the facts they stand at these depths. */
const secretFields = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
];

/** JSON lines on standard output, one a fact, with time in ISO 8601. */
export function createLogger(level: LogLevel, destination?: { write(line: string): void }): Logger {
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
  };
  return destination ? pino(options, destination) : pino(options);
}
