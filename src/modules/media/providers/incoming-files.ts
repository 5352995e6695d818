import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Bytes } from '#kernel/ports/bytes';

import type { Incoming, Received } from '../application/incoming.ts';
import { type Image, media } from '../contract.ts';
import { formatOfType, sniffedBytes } from '../domain/sniff.ts';
import { filesOlderThan } from './files-in.ts';

/** Keeps what comes in as files below `folder`, which whoever makes them of something may use too. */
export function incomingFiles(folder: string): Incoming {
  return {
    receive: (bytes) => receive(folder, bytes),
    discard: ({ path }) => rm(path, { force: true }),
    async sweep(olderThan) {
      for await (const path of filesOlderThan(folder, olderThan)) await rm(path, { force: true });
    },
  };
}

async function receive(folder: string, bytes: Bytes): Promise<Received> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let format: Image['format'] | undefined;
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      hash.update(chunk);
      if (head.length < sniffedBytes) head = Buffer.concat([head, chunk]);
      if (!format && head.length >= sniffedBytes) format = await formatOf(head);
      await file.writeFile(chunk);
    }
    format ??= await formatOf(head);
    await file.sync();
    return { path, bytes: size, sha256: hash.digest('hex'), format };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function formatOf(head: Buffer): Promise<Image['format']> {
  const { fileTypeFromBuffer } = await import('file-type');
  const format = formatOfType((await fileTypeFromBuffer(head))?.mime);
  if (!format) throw media.errors.unsupportedImage();
  return format;
}
