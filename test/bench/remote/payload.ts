import type { Static } from '#kernel/schema';
import { Id, Type } from '#kernel/schema';

/** About 300 bytes of JSON, in either direction. */
export const Parcel = Type.Object({
  orderId: Id,
  sku: Type.String({ minLength: 1, maxLength: 40 }),
  quantity: Type.Integer({ minimum: 1 }),
  note: Type.String(),
  tags: Type.Array(Type.String()),
});

export type Parcel = Static<typeof Parcel>;

export const parcel: Parcel = {
  orderId: '018f1f9e-7a5c-7cc0-8000-000000000000',
  sku: 'mug-blue',
  quantity: 2,
  note: 'Please leave it with the neighbours when nobody opens the door. '.repeat(2),
  tags: ['fragile', 'gift', 'express', 'insured', 'no-signature', 'call-before'],
};

/** What every server here does with it: something that only a handler could do. */
export function packed(one: Parcel): Parcel {
  return { ...one, quantity: one.quantity + 1 };
}

/** One way of calling another process. */
export type RemoteWay = {
  readonly name: string;
  serve(port: number): Promise<void>;
  connect(port: number): Promise<(one: Parcel) => Promise<Parcel>>;
};
