import type { catalog } from '#contracts/catalog';
import type { Client } from '#kernel/contract';
import type { SagaName } from '#kernel/ports/tx';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import type { Good } from '../domain/goods.ts';
import { insertGood, saveLook } from '../store/demo-store.ts';

type Look = { readonly isEmpty: boolean };

/** Asks, once in the life of the shop, whether it is empty; an empty one is filled. */
export function lookAround(
  goods: readonly Good[],
  { listProducts }: Pick<Client<typeof catalog>, 'listProducts'>,
  loadGood: SagaName,
): SagaDefinition<Look> {
  return defineSaga<Look>('lookAround', {
    version: 1,
    steps: [
      {
        name: 'look',
        retry: { attempts: 40, firstDelayMs: 200, maxDelayMs: 30_000 },
        run: async (ctx) => {
          const { items } = await listProducts(ctx, { limit: 1 });
          return { isEmpty: items.length === 0 };
        },
        commit: async (tx, { isEmpty }) => {
          await saveLook(tx, isEmpty);
          if (!isEmpty) return;
          for (const { sku } of goods) {
            await insertGood(tx, sku);
            tx.startSaga(loadGood, sku, { sku });
          }
        },
      },
    ],
  });
}
