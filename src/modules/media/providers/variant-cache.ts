import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LRUCache } from 'lru-cache';

import type { Cache, VariantFile } from '../application/variants.ts';
import { filesIn, foldersIn } from './files-in.ts';

/** However small they are. */
const mostFiles = 20_000;

/**
 * However often they are asked for: a deletion takes the variants of the instance that carries it out,
 * and those of the other instances are gone within this time.
 */
const dayMs = 86_400_000;

type CachedFile = { readonly path: string; readonly bytes: number };

/** Variants on the disk, for a day; of too many, those go first that nobody has asked for the longest. */
export class VariantCache implements Cache {
  readonly #folder: string;
  readonly #keptMs: number;
  readonly #known: LRUCache<string, CachedFile>;
  /** Those in the making: who asks for the same waits for the same. */
  readonly #making = new Map<string, Promise<CachedFile>>();
  #opened: Promise<void> | undefined;

  constructor(folder: string, maxBytes: number, keptMs = dayMs) {
    this.#folder = folder;
    this.#keptMs = keptMs;
    this.#known = new LRUCache({
      max: mostFiles,
      ttl: keptMs,
      ttlAutopurge: true,
      maxSize: maxBytes,
      // One that is larger than the bound counts as all of it, and goes with the next.
      sizeCalculation: ({ bytes }) => Math.min(maxBytes, Math.max(1, bytes)),
      dispose: ({ path }, _name, reason) => {
        if (reason !== 'set') void rm(path, { force: true });
      },
    });
  }

  /** The variant `name` of a picture; made by `make`, which writes it to the path that it gets. */
  async have(
    id: string,
    name: string,
    make: (path: string) => Promise<void>,
  ): Promise<VariantFile> {
    const { path, bytes } = await this.#have(join(id, name), make);
    return { bytes, read: () => bytesOf(path) };
  }

  async #have(key: string, make: (path: string) => Promise<void>): Promise<CachedFile> {
    this.#opened ??= this.#open();
    await this.#opened;
    const known = this.#known.get(key);
    if (known) return known;
    const making = this.#making.get(key) ?? this.#make(key, make);
    this.#making.set(key, making);
    try {
      return await making;
    } finally {
      this.#making.delete(key);
    }
  }

  /** Forgets every variant of a picture. */
  async forget(id: string): Promise<void> {
    for (const key of this.#known.keys()) if (key.startsWith(id)) this.#known.delete(key);
    await rm(join(this.#folder, id), { recursive: true, force: true });
  }

  ids(): Promise<readonly string[]> {
    return foldersIn(this.#folder);
  }

  async #make(key: string, make: (path: string) => Promise<void>): Promise<CachedFile> {
    const path = join(this.#folder, key);
    const unfinished = `${path}.${randomUUID()}.part`;
    await mkdir(dirname(path), { recursive: true });
    try {
      await make(unfinished);
      const { size: bytes } = await stat(unfinished);
      await rename(unfinished, path);
      this.#known.set(key, { path, bytes });
      return { path, bytes };
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  /** What an earlier life has made is good still; what it was making is not. */
  async #open(): Promise<void> {
    for (const path of await filesIn(this.#folder)) {
      const { size: bytes, mtimeMs } = await stat(path);
      const ttl = Math.ceil(mtimeMs + this.#keptMs - Date.now());
      if (path.endsWith('.part') || ttl <= 0) await rm(path, { force: true });
      else this.#known.set(relative(this.#folder, path), { path, bytes }, { ttl });
    }
  }
}

/** Opens the file when the first byte is wanted: who wants none holds none open. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}
