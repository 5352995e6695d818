import { createLogger } from '#kernel/log';
import type { Logger } from '#kernel/ports/logger';

export type LoggedLines = {
  readonly log: Logger;
  /** What was logged, oldest first. */
  readonly lines: readonly Record<string, unknown>[];
  /** The lines in which a field has the value. */
  having(field: string, value: unknown): readonly Record<string, unknown>[];
};

/** A log that a test can read. */
export function loggedLines(): LoggedLines {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines, having: (field, value) => lines.filter((line) => line[field] === value) };
}
