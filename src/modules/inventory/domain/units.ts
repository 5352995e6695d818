/** How many units of each product, by its id. */
export type Units = ReadonlyMap<string, number>;

export type Item = { readonly productId: string; readonly quantity: number };

/** A product that is named twice counts with its sum. */
export function unitsOf(items: readonly Item[]): Units {
  return sumOf(items.map(({ productId, quantity }) => new Map([[productId, quantity]])));
}

export function sumOf(several: readonly Units[]): Units {
  const sum = new Map<string, number>();
  for (const units of several) {
    for (const [productId, quantity] of units) {
      sum.set(productId, (sum.get(productId) ?? 0) + quantity);
    }
  }
  return sum;
}
