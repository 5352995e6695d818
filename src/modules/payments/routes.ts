import { route } from '#kernel/http/route';

import { payments } from './contract.ts';

const { calls } = payments;

/** How long the answer to a refund waits for the provider to confirm it. */
const refundWaitMs = 5_000;

export const routes = [
  route('GET /api/payments/:paymentId', calls.getPayment, { access: 'user' }),

  route('POST /api/payments/:paymentId/refunds', calls.refundPayment, {
    access: 'admin',
    status: 201,
    key: 'required',
    followedBy: {
      call: calls.awaitRefund,
      input: ({ id }) => ({ refundId: id, waitMs: refundWaitMs }),
    },
  }),
];
