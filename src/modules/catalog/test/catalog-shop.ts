import { randomUUID } from 'node:crypto';

import { media } from '#contracts/media';
import type { InputOf } from '#kernel/contract';
import type { Actor } from '#kernel/ports/call-context';
import { openShop } from '#test/shop';

import { mediaModule } from '../../media/module.ts';
import { catalog, type Product } from '../contract.ts';
import { catalogModule } from '../module.ts';

export const admin: Actor = { kind: 'user', id: randomUUID(), roles: ['admin'] };
export const customer: Actor = { kind: 'user', id: randomUUID(), roles: ['customer'] };

type Given = Partial<InputOf<typeof catalog.calls.createProduct>>;
type Changes = Omit<InputOf<typeof catalog.calls.updateProduct>, 'productId' | 'expectedVersion'>;

/** The smallest png there is: one transparent pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

async function* pixelBytes(): AsyncGenerator<Uint8Array> {
  yield pixel;
}

/** A shop of products without stock. Words for what its tests do all the time. */
export async function openCatalogShop() {
  const shop = await openShop({ modules: [mediaModule, catalogModule] });
  const { calls } = catalog;

  return {
    ...shop,

    /** A new picture's id. */
    async picture(): Promise<string> {
      const { id } = await shop.upload(media.calls.uploadImage, {}, pixelBytes(), { as: admin });
      return id;
    },

    /** A new product; what is not given is made up, the sku freshly. */
    create: (given: Given = {}) =>
      shop.call(
        calls.createProduct,
        {
          sku: `sku-${randomUUID()}`,
          name: 'Mug',
          description: 'Holds tea.',
          price: { amount: 1250, currency: 'EUR' },
          ...given,
        },
        { as: admin },
      ),

    /** Changes the version that `product` is. */
    change: ({ id: productId, version: expectedVersion }: Product, changes: Changes) =>
      shop.call(calls.updateProduct, { productId, expectedVersion, ...changes }, { as: admin }),

    show: (productId: string) => shop.call(calls.getProduct, { productId }),

    /** The ids of all pages together. */
    async idsOf(search: string, limit: number): Promise<readonly string[]> {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const at: { cursor?: string } = cursor === null ? {} : { cursor };
        const page = await shop.call(calls.listProducts, { search, limit, ...at });
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return ids;
    },

    /** What catalog has told about a product, oldest first. */
    async told(productId: string) {
      await shop.settled();
      const events = await shop.published(catalog);
      return events
        .filter(({ subject }) => subject === productId)
        .map(({ type, data }) => ({ type: type.replace('catalog.', ''), data }));
    },
  };
}
