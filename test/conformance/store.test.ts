import { storesUnderTest } from '#test/stores';

import { transactionsOfAStore } from './store.suite.ts';
import { entitiesOfAStore } from './store-entities.suite.ts';
import { migrationsOfAStore } from './store-migrations.suite.ts';
import { valuesOfAStore } from './store-values.suite.ts';

for (const store of storesUnderTest()) {
  transactionsOfAStore(store);
  valuesOfAStore(store);
  entitiesOfAStore(store);
  migrationsOfAStore(store);
}
