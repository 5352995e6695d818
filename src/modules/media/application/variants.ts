import type { Bytes } from '#kernel/ports/bytes';
import type { Reader } from '#kernel/ports/store';

import { media } from '../contract.ts';
import type { Variant } from '../domain/variant.ts';
import { findImage } from '../store/image-store.ts';
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

/**
 * Finds the file of a variant, made now where it was not made before. Throws `unknownMedia` where the
 * picture has gone meanwhile.
 */
export type HaveVariant = (read: Reader, id: string, variant: Variant) => Promise<VariantFile>;

export function haveVariant(cache: Cache, storage: Storage, darkroom: Darkroom): HaveVariant {
  return async (read, id, variant) => {
    try {
      return await cache.have(id, variant.name, (target) =>
        storage.withFile(id, (original) => darkroom.render(original, variant, target)),
      );
    } catch (error) {
      if (await findImage(read, id)) throw error;
      throw media.errors.unknownMedia();
    }
  };
}
