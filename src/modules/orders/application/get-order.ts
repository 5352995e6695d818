import type { Handler } from '#kernel/handlers';

import type { orders } from '../contract.ts';
import { findOrder } from '../store/order-store.ts';
import { toView, visibleTo } from './order-view.ts';

export const getOrder: Handler<typeof orders.calls.getOrder> = async (
  read,
  { orderId },
  { actor },
) => toView(visibleTo(actor, await findOrder(read, orderId)));
