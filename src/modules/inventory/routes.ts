import { type Route, route } from '#kernel/http/route';

import { inventory } from './contract.ts';

const { getStock, updateStock } = inventory.calls;

export const inventoryRoutes: readonly Route[] = [
  route('GET /api/inventory/:productId', getStock, { access: 'anyone' }),
  route('PUT /api/inventory/:productId', updateStock, { access: 'admin' }),
];
