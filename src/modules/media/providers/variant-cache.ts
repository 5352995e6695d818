import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { LRUCache } from 'lru-cache';

import type { Part } from '#kernel/module';

import type { Cache, VariantFile } from '../application/variants.ts';
import { media } from '../contract.ts';
import { filesIn, foldersIn, unlessGone } from './files-in.ts';

/** However small they are. */
const mostFiles = 20_000;

/**
 * However often they are asked for: a deletion takes the variants of the instance that carries it out,
 * and those of the other instances are gone within this time.
 */
const dayMs = 86_400_000;

/** What is being made by another instance is done by then, or never. */
const makingMs = 60_000;

const smallBytes = 256 * 1024;

const startAfterMs = 2_000;

type CachedFile = { readonly path: string; readonly bytes: number };

/** Variants on the disk, for a day; of too many, those go first that nobody has asked for the longest. */
export class VariantCache implements Cache, Part {
  readonly #folder: string;
  readonly #keptMs: number;
  readonly #known: LRUCache<string, CachedFile>;
  /** Those in the making: who asks for the same waits for the same. */
  readonly #making = new Map<string, Promise<CachedFile>>();
  #opened: Promise<void> | undefined;
  #opening: NodeJS.Timeout | undefined;

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
    await this.#openOnce();
    const key = join(id, name);
    const known = this.#known.get(key);
    // What was made before may be gone: another instance may keep its variants here, too.
    const there = known && (await fileOf(known));
    if (there) return there;
    const made = await fileOf(await this.#makeOnce(key, make));
    if (!made) throw media.errors.unknownMedia();
    return made;
  }

  /** A moment later: whoever starts the shop waits for its door, and not for this. */
  start(): void {
    this.#opening = setTimeout(() => {
      // Where it can't be opened now, the first who wants a picture is told.
      this.#openOnce().catch(() => undefined);
    }, startAfterMs).unref();
  }

  stop(): void {
    clearTimeout(this.#opening);
  }

  #openOnce(): Promise<void> {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #makeOnce(key: string, make: (path: string) => Promise<void>): Promise<CachedFile> {
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
      const found = await unlessGone(stat(path));
      if (!found) continue;
      const lasts = path.endsWith('.part') ? makingMs : this.#keptMs;
      const ttl = Math.ceil(found.mtimeMs + lasts - Date.now());
      if (ttl <= 0) await rm(path, { force: true });
      else this.#known.set(relative(this.#folder, path), { path, bytes: found.size }, { ttl });
    }
  }
}

/** Undefined where it is gone. What is small is read at once, for that takes less than a stream. */
async function fileOf({ path, bytes }: CachedFile): Promise<VariantFile | undefined> {
  if (bytes > smallBytes) {
    const there = await unlessGone(access(path).then(() => true as const));
    return there && { bytes, read: () => streamed(path) };
  }
  const whole = await unlessGone(readFile(path));
  return whole && { bytes: whole.length, read: () => only(whole) };
}

/** Opens the file when the first byte is wanted: who wants none holds none open. */
async function* streamed(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

async function* only(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  yield whole;
}
