import { part, type Reply, type RouteRequest, route } from '#kernel/http/route';

import { type Order, orders } from './contract.ts';

const { calls, errors } = orders;

const preferHeader = {
  Prefer:
    '`wait=N`: answer when the order has settled, or after N seconds (RFC 7240; 5 by default, at most 30).',
};
const stillPending = { 202: 'The order has not settled yet; ask for it at `Location`.' };

/** What answers after a command is the order as it is when it has settled, or when the wait is over. */
const asItSettles = {
  call: calls.awaitOrder,
  input: ({ id }: Order, request: RouteRequest) => ({ orderId: id, waitMs: waitMsOf(request) }),
};

export const routes = [
  route('POST /api/orders', calls.createOrder, {
    access: 'user',
    status: 201,
    key: 'required',
    followedBy: asItSettles,
    reply: placed,
    otherStatuses: stillPending,
    headers: preferHeader,
  }),

  route('GET /api/orders', calls.listOrders, { access: 'user' }),

  route('GET /api/orders/:orderId', calls.getOrder, { access: 'user' }),

  route('GET /api/orders/:orderId/events', calls.watchOrder, {
    access: 'user',
    from: { from: lastEventId },
    event: ({ id }) => ({ id: String(id) }),
    headers: { 'Last-Event-ID': 'Resumes after the change with this id.' },
  }),

  route('POST /api/orders/:orderId/cancel', calls.cancelOrder, {
    access: 'user',
    followedBy: asItSettles,
    reply: closed,
    otherStatuses: stillPending,
    headers: preferHeader,
  }),

  route('PATCH /api/orders/:orderId/status', calls.updateOrderStatus, {
    access: 'admin',
    followedBy: asItSettles,
    reply: closed,
    otherStatuses: stillPending,
    headers: preferHeader,
  }),

  part('GET /api/users/me/export', calls.exportAccount, {
    access: 'user',
    from: { userId: ({ actor }) => (actor.kind === 'user' ? actor.id : undefined) },
  }),
];

/** A refused order is kept and shown under its id, and the answer to who placed it is the refusal. */
function placed(order: Order): Reply {
  const { id: orderId, status, reason, paymentId, declineCode } = order;
  const headers = { Location: `/api/orders/${orderId}` };
  if (status === 'pending') return { status: 202, headers };
  if (status !== 'rejected') return { headers };
  if (reason === 'out_of_stock') throw errors.outOfStock({ orderId });
  if (reason === 'payment_declined' && paymentId) {
    throw errors.paymentDeclined({ orderId, paymentId, declineCode: declineCode ?? 'declined' });
  }
  throw errors.checkoutFailed({ orderId });
}

function closed({ id, status, closing }: Order): Reply {
  const isSettled = status !== 'pending' && closing === null;
  return isSettled ? {} : { status: 202, headers: { Location: `/api/orders/${id}` } };
}

/** The `wait` of the Prefer header (RFC 7240), in milliseconds: 5 s without, 30 s at most. */
function waitMsOf(request: RouteRequest): number {
  const [, seconds = '5'] =
    /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})\b/i.exec(request.header('prefer') ?? '') ?? [];
  return Math.min(Number(seconds), 30) * 1_000;
}

function lastEventId(request: RouteRequest): number | undefined {
  const id = request.header('last-event-id');
  return id !== undefined && /^\d{1,9}$/.test(id) ? Number(id) : undefined;
}
