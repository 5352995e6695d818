import { part, type RouteRequest, route } from '#kernel/http/route';

import { payments } from './contract.ts';

const { calls } = payments;

/** How long the answer to a refund waits for the provider to confirm it. */
const refundWaitMs = 5_000;

const me = ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined);

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

  route('POST /api/payments/webhooks/:provider', calls.receiveWebhook, {
    access: 'anyone',
    status: 204,
    rawBody: 'body',
    from: {
      id: ({ header }) => header('webhook-id'),
      timestamp: ({ header }) => header('webhook-timestamp'),
      signature: ({ header }) => header('webhook-signature'),
    },
    headers: {
      'webhook-id': 'The same for every delivery of one webhook.',
      'webhook-timestamp': 'Seconds since the epoch, at most five minutes from now.',
      'webhook-signature': 'Standard Webhooks: v1, a comma and the signature; several by spaces.',
    },
  }),

  part('GET /api/users/me/export', calls.exportAccount, { access: 'user', from: { userId: me } }),
];
