import { catalog, type Product } from '../contract.ts';

/** Of its JSON in UTF-8: enough for facts about a product, too little for a file. */
const maxBytes = 16_384;
/** The object itself is the first level. */
const maxDepth = 8;

/** Throws `metadataTooLarge`. Depth first: what is nested without end can't even be written as JSON. */
export function requireSmall(metadata: Product['metadata']): void {
  const isSmall = isShallow(metadata, maxDepth) && bytesOf(metadata) <= maxBytes;
  if (!isSmall) throw catalog.errors.metadataTooLarge({ maxBytes, maxDepth });
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((child) => isShallow(child, levels - 1));
}

function bytesOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
