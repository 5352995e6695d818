import type { ModuleStoreDefinition } from '#kernel/stores/definition';

import { ReservationEntity, StockEntity } from './entities.ts';
import { stockAndReservations } from './migrations/0001-stock-and-reservations.ts';

export const inventoryStore: ModuleStoreDefinition = {
  entities: [StockEntity, ReservationEntity],
  migrations: [stockAndReservations],
};
