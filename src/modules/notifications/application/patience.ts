import type { FailureRecord } from '#kernel/failure';

/**
 * A dead server is waited for: from seconds up to a quarter of an hour between tries, for about three
 * days, then a person is asked.
 */
export const patience = { attempts: 600, firstDelayMs: 1000, maxDelayMs: 15 * 60_000 };

/** What a server said when it refused for good. */
export function saidBy({ title, details }: FailureRecord): string {
  return ((details ?? {}) as { said?: string }).said ?? title;
}
