import { LRUCache } from 'lru-cache';

import type { Logger } from './ports/logger.ts';

/** What is kept of a refusal. Of the same `audit` and `about`, only so many lines are written. */
export type AuditFacts = { readonly audit: string } & Readonly<Record<string, unknown>>;

export type Audit = (about: string, facts: AuditFacts) => void;

export type AuditLimits = {
  /** Lines about the same within a window; the others are counted in one line at its end. */
  readonly linesPerWindow: number;
  readonly windowMs: number;
};

const defaultLimits: AuditLimits = { linesPerWindow: 5, windowMs: 10_000 };

/** More different refusals at a time than this are told without a count of those left out. */
const mostWindows = 1_000;

type Window = { lines: number; unlogged: number; last: AuditFacts };

/**
 * Keeps who was refused and why, so that what is being tried shows. Whoever tries the same again and
 * again can't fill the log with it: beyond a few lines it is counted, and the count is written.
 */
export function createAudit(log: Logger, limits: Partial<AuditLimits> = {}): Audit {
  const { linesPerWindow, windowMs } = { ...defaultLimits, ...limits };
  const windows = new LRUCache<string, Window>({ max: mostWindows });
  return (about, facts) => {
    const window = windows.get(about) ?? begin(about, facts);
    window.last = facts;
    if (window.lines < linesPerWindow) {
      window.lines += 1;
      log.warn(facts, 'refused');
    } else window.unlogged += 1;
  };

  function begin(about: string, last: AuditFacts): Window {
    const window = { lines: 0, unlogged: 0, last };
    windows.set(about, window);
    const end = () => {
      if (windows.peek(about) === window) windows.delete(about);
      const { unlogged } = window;
      if (unlogged > 0) log.warn({ ...window.last, unlogged }, 'refused as before');
    };
    setTimeout(end, windowMs).unref();
    return window;
  }
}
