import type { Handler } from '#kernel/handlers';
import type { SagaName } from '#kernel/ports/tx';

import type { users } from '../contract.ts';
import { unify } from '../domain/email.ts';
import { addResetRequest } from '../store/reset-request-store.ts';

/** Looks nothing up: whether there is such an account is found out when this has been answered. */
export function requestPasswordReset(
  reset: SagaName,
): Handler<typeof users.calls.requestPasswordReset> {
  return async (tx, { email }) => {
    const requestId = tx.newId();
    await addResetRequest(tx, requestId, unify(email));
    tx.startSaga(reset, requestId, { requestId });
    return {};
  };
}
