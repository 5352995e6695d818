import pg from 'pg';

/**
 * What an error of PostgreSQL means for the work that met it:
 * `retry`: another transaction was in the way; the same work may succeed now.
 * `new plan`: a migration changed the columns behind a prepared statement.
 * `unavailable`: the server, the way to it or its disk; whether a running COMMIT happened is unknown.
 * `statement`: the statement itself, such as a broken constraint: for the module to know.
 */
export type ErrorMeaning = 'retry' | 'new plan' | 'unavailable' | 'statement';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const retryCodes = new Set(['40001', '40P01']);
const unavailableCodes = /^(08|53|57|58|25P03|25P04|55P03|28|3D)/;

export function meaningOf(error: unknown): ErrorMeaning {
  // Our own parsers and encoders throw these: the connection is well.
  if (error instanceof RangeError || error instanceof TypeError) return 'statement';
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return 'unavailable';
  if (retryCodes.has(error.code)) return 'retry';
  if (error.code === '0A000' && /cached plan/.test(error.message)) return 'new plan';
  if (error.severity === 'FATAL' || error.severity === 'PANIC') return 'unavailable';
  return unavailableCodes.test(error.code) ? 'unavailable' : 'statement';
}
