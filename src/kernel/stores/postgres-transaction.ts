import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';

import type { Logger } from '../ports/logger.ts';
import type { StoreTx } from '../ports/store.ts';
import type { EntityAccess } from './entities.ts';
import type { EntityManager } from './orm-session.ts';
import { postgresOrmConnection } from './postgres-orm.ts';
import { PostgresSession, type PreparedNames } from './postgres-session.ts';
import { createSql } from './sql.ts';
import { storeUnavailable, TransactionMisuse } from './store-failures.ts';
import { TransactionScope } from './transaction-scope.ts';

type Parts = {
  readonly pool: pg.Pool;
  readonly names: PreparedNames;
  readonly entityAccess: EntityAccess;
  readonly log: Logger;
};

/** A transaction that others got in the way of is tried so often, then refused as unavailable. */
const maxAttempts = 6;
/** Between tries: full jitter up to this, doubled each time, so that rivals don't meet again. */
const firstPauseMs = 8;

/** Runs `work` in a transaction, again when another one was in its way, and commits it. */
export async function runTransaction<T>(
  parts: Parts,
  work: (tx: StoreTx) => Promise<T> | T,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const ended = await tryOnce(parts, work);
    if (ended.kind === 'committed') return ended.value;
    if (ended.kind === 'refused') throw ended.error;
    if (attempt === maxAttempts) throw storeUnavailable(ended.error);
    if (ended.pause) await pause(Math.random() * firstPauseMs * 2 ** attempt);
  }
}

type Ended<T> =
  | { readonly kind: 'committed'; readonly value: T }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'again'; readonly error: unknown; readonly pause: boolean };

async function tryOnce<T>(
  { pool, names, entityAccess, log }: Parts,
  work: (tx: StoreTx) => Promise<T> | T,
): Promise<Ended<T>> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    return { kind: 'refused', error: storeUnavailable(error) };
  }
  const session = new PostgresSession(client, names);
  const { tx, scope } = openPostgresTx(session, entityAccess);
  try {
    await control(session, 'begin isolation level read committed read write');
    const value = await work(tx);
    await session.idle();
    await scope.complete();
    scope.end(over);
    await commit(session);
    client.release();
    scope.tell(true, log);
    return { kind: 'committed', value };
  } catch (error) {
    scope.end(over);
    await leave(session, client);
    scope.tell(false, log);
    return judge(session, names, error);
  }
}

const over = 'This transaction is over; its work must not keep it.';

function openPostgresTx(session: PostgresSession, entityAccess: EntityAccess) {
  const check = () => scope.check();
  const scope = new TransactionScope(async (text) => {
    await session.query(() => {}, { text, params: [] });
  });
  const failed = (error: unknown) => {
    scope.failed(error);
  };
  let opened: EntityManager | undefined;
  const sql = createSql('postgres', {
    run: async (statement) => (await session.query(check, statement)).rows,
    failed,
    entityManager() {
      const connection = postgresOrmConnection((query) => {
        const running = session.query(check, query);
        running.catch(failed);
        return running;
      });
      opened ??= entityAccess.forTransaction(connection, scope);
      return opened;
    },
  });
  const tx: StoreTx = { sql, savepoint: scope.savepoint, afterCommit: scope.afterCommit };
  return { tx, scope };
}

function control(session: PostgresSession, text: string): Promise<pg.QueryResult> {
  return session.query(() => {}, { text, params: [] });
}

async function commit(session: PostgresSession): Promise<void> {
  const { command } = await control(session, 'commit');
  // PostgreSQL answers COMMIT of a transaction with a failed statement with a quiet ROLLBACK.
  if (command !== 'COMMIT') throw new TransactionMisuse('A statement failed, and nobody noticed.');
}

/** Gives the connection back clean, or not at all: one that broke off may still be in anything. */
async function leave(session: PostgresSession, client: pg.PoolClient): Promise<void> {
  try {
    if (session.trouble?.meaning !== 'unavailable') await control(session, 'rollback');
  } catch {
    // Noted by the session as trouble, which is what decides below.
  }
  client.release(session.trouble?.meaning === 'unavailable');
}

function judge(session: PostgresSession, names: PreparedNames, error: unknown): Ended<never> {
  const { trouble } = session;
  if (trouble?.meaning === 'new plan') names.renew();
  switch (trouble?.meaning) {
    case 'unavailable':
      return { kind: 'refused', error: storeUnavailable(trouble.error) };
    case 'retry':
      return { kind: 'again', error: trouble.error, pause: true };
    case 'new plan':
      return { kind: 'again', error: trouble.error, pause: false };
    default:
      return { kind: 'refused', error };
  }
}
