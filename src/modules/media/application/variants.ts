import type { Bytes } from '#kernel/ports/bytes';

import type { Variant } from '../domain/variant.ts';
import type { Darkroom } from './darkroom.ts';
import type { Storage } from './storage.ts';

/** A variant that was made: how many bytes it has, and the bytes. */
export type VariantFile = { readonly bytes: number; read(): Bytes };

/** Variants that were made before. */
export type Cache = {
  have(id: string, name: string, make: (path: string) => Promise<void>): Promise<VariantFile>;
  forget(id: string): Promise<void>;
  /** The pictures of which there are variants. */
  ids(): Promise<readonly string[]>;
};

/** Finds the file of a variant, made now where it was not made before. */
export type HaveVariant = (id: string, variant: Variant) => Promise<VariantFile>;

export function haveVariant(cache: Cache, storage: Storage, darkroom: Darkroom): HaveVariant {
  return (id, variant) =>
    cache.have(id, variant.name, (target) =>
      storage.withFile(id, (original) => darkroom.render(original, variant, target)),
    );
}
