import type { catalog } from '#contracts/catalog';
import type { inventory } from '#contracts/inventory';
import type { media } from '#contracts/media';
import type { Client } from '#kernel/contract';
import { defineSaga, type SagaDefinition } from '#kernel/sagas/define-saga';

import type { Good } from '../domain/goods.ts';
import { saveProduct } from '../store/demo-store.ts';

type Work = {
  readonly sku: string;
  readonly imageId: string;
  readonly productId: string;
};

export type Shelves = {
  readonly media: Pick<Client<typeof media>, 'uploadImage' | 'deleteMedia'>;
  readonly catalog: Pick<Client<typeof catalog>, 'createProduct'>;
  readonly inventory: Pick<Client<typeof inventory>, 'updateStock'>;
};

/** Finds the bytes of a good's picture. */
export type OpenPicture = (picture: string) => AsyncIterable<Uint8Array>;

/** Neighbours may start later than this module, in a process of their own. */
const patience = { attempts: 40, firstDelayMs: 200, maxDelayMs: 30_000 };

/** Puts one product on its shelf: picture, product, stock. Each step is keyed, so it happens once. */
export function loadGood(
  goods: readonly Good[],
  openPicture: OpenPicture,
  { media, catalog, inventory }: Shelves,
): SagaDefinition<Work> {
  const bySku = new Map(goods.map((good) => [good.sku, good]));
  const find = (sku: string) => bySku.get(sku) as Good;
  return defineSaga<Work>('loadGood', {
    version: 1,
    steps: [
      {
        name: 'picture',
        retry: patience,
        timeoutMs: 30_000,
        run: async (ctx, { sku }) => {
          const bytes = openPicture(find(sku).picture);
          const { id } = await media.uploadImage(ctx, {}, bytes);
          return { imageId: id };
        },
        undo: {
          run: async (ctx, { imageId }) => {
            if (imageId) await media.deleteMedia(ctx, { mediaId: imageId });
          },
        },
      },
      {
        name: 'product',
        retry: patience,
        run: async (ctx, { sku, imageId }) => {
          const { name, description, price } = find(sku);
          const product = await catalog.createProduct(ctx, {
            sku,
            name,
            description,
            price: { amount: price, currency: 'EUR' },
            metadata: { demo: true },
            imageIds: [imageId],
          });
          return { productId: product.id };
        },
        pivot: true,
      },
      {
        name: 'stock',
        retry: patience,
        run: async (ctx, { sku, productId }) => {
          await inventory.updateStock(ctx, { productId, onHand: find(sku).onHand });
        },
        commit: (tx, { sku, productId }) => {
          if (!productId) throw new Error(`Nobody knows which product ${sku} is.`);
          return saveProduct(tx, sku, productId);
        },
      },
    ],
  });
}
