import type { Shop } from '#client';

export type Order = Awaited<ReturnType<Shop['orders']['createOrder']>>;
export type Product = Awaited<ReturnType<Shop['catalog']['listProducts']>>['items'][number];

/** Two customers, what they found, and what they hold. */
export type Story = {
  readonly ann: Shop;
  readonly bob: Shop;
  /** Logged in, where a password was given. */
  readonly admin: Shop | undefined;
  goods: readonly Product[];
  /** What Ann buys all day. */
  mug?: Product;
  readonly bought: { readonly by: Shop; readonly order: Order }[];
};

/** Long enough for a payment whose outcome has to be asked for. */
export const patiently = { headers: { prefer: 'wait=30' } };
