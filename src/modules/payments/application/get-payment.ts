import type { Handler } from '#kernel/handlers';

import type { payments } from '../contract.ts';
import { findPayment } from '../store/payment-store.ts';
import { viewFor } from './payment-view.ts';

export const getPayment: Handler<typeof payments.calls.getPayment> = async (
  read,
  { paymentId },
  { actor },
) => viewFor(actor, await findPayment(read, paymentId));
