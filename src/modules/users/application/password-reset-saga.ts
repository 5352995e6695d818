import type { Tx } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import { takeResetRequest } from '../store/reset-request-store.ts';
import { findAccountByEmail, lockAccount } from '../store/user-store.ts';
import { issueLetter } from './issue-letter.ts';
import { letterWait } from './letter-limit.ts';
import type { TokenMint } from './tokens.ts';

/** The address is not in here: it leaves with the request's row, and the saga's row stays longer. */
type ResetWork = { readonly requestId: string };

/** Finds out whose the address is, after its request was answered, and orders the letter. */
export function passwordResetSaga(mint: TokenMint): SagaDefinition<ResetWork> {
  return defineSaga<ResetWork>('passwordReset', {
    version: 1,
    steps: [{ name: 'order letter', commit: (tx, work) => orderLetter(tx, mint, work) }],
  });
}

async function orderLetter(tx: Tx, mint: TokenMint, { requestId }: ResetWork): Promise<void> {
  const email = await takeResetRequest(tx, requestId);
  const found = email === undefined ? undefined : await findAccountByEmail(tx, email);
  const account = found && (await lockAccount(tx, found.id));
  if (account?.email !== email || !account) return;
  const wait = await letterWait(tx, account.id, 'password_reset', tx.now);
  if (wait === undefined) await issueLetter(tx, mint, account.id, 'password_reset');
}
