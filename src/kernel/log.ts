import pino from 'pino';

import { Failure } from './failure.ts';
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

/** Characters that may wait to be written; what comes beyond them is left out. */
const waitingAtMost = 8 * 1024 * 1024;

/** Standard output, for lines. A disk that is full or a reader who has gone costs lines, and nothing else. */
export function outputLines(): { write(line: string): void } {
  const output = pino.destination({ dest: 1, sync: false, maxLength: waitingAtMost });
  let isWritable = true;
  output.on('error', () => {
    isWritable = false;
  });
  output.on('write', () => {
    isWritable = true;
  });
  // The end of the process writes what waits, and would try for ever.
  const flush = output.flushSync.bind(output);
  output.flushSync = () => {
    if (isWritable) flush();
  };
  return output;
}

/** JSON lines, one a fact, with time in ISO 8601; on standard output unless told otherwise. */
export function createLogger(
  level: LogLevel,
  destination: { write(line: string): void } = outputLines(),
): Logger {
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths, censor: '[secret]' },
    serializers: { err: errorAsLogged },
  };
  return pino(options, destination);
}

/** A declared failure is an answer: where it was made tells nothing, and a bug's stack stands out without. */
function errorAsLogged(error: Error): unknown {
  if (!(error instanceof Failure)) return pino.stdSerializers.err(error);
  const { code, kind, message, details } = error;
  return { type: 'Failure', code, kind, message, details };
}
