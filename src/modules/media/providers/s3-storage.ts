import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';

import type { Part } from '#kernel/module';

import type { Storage } from '../application/storage.ts';
import { media } from '../contract.ts';

export type S3Place = {
  readonly endpoint: URL;
  readonly bucket: string;
  /** Stands before every key: the shop touches nothing else in its bucket. */
  readonly prefix: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

const nothing = () => undefined;
/** What goes wrong is thrown, and told where it is caught. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** For one request, its answer included; an upload has more, by its size. */
const requestTimeoutMs = 20_000;

/** In bytes a millisecond: whatever is slower than 0.8 Mbit/s stands still. */
const slowestUpload = 100;

/**
 * Every request is harmless when repeated: a picture's id is its key, and its bytes never change. One
 * that took all its time is not repeated: somebody is waiting.
 */
const patience = {
  retries: 2,
  minTimeout: 100,
  maxTimeout: 1_000,
  randomize: true,
  shouldRetry: ({ error }: { error: Error }) =>
    !['NoSuchKey', 'NotFound', 'AbortError', 'TimeoutError'].includes(error.name),
};

/** Keeps originals in a bucket of an S3-compatible store, named by a prefix and the ids of their pictures. */
export function s3Storage(
  place: S3Place,
  temporary: string,
  timeoutMs = requestTimeoutMs,
): Storage & Part {
  let opened: Promise<S3Client> | undefined;
  const send: Send = async (work, bytes = 0) => {
    opened ??= openClient(place);
    const client = await opened;
    const { default: retry } = await import('p-retry');
    const lastsMs = timeoutMs + Math.ceil(bytes / slowestUpload);
    const once = () => work(client, { abortSignal: AbortSignal.timeout(lastsMs) });
    return await retry(once, patience).catch(refuse);
  };
  const at = (id: string) => ({ Bucket: place.bucket, Key: place.prefix + id });
  return {
    async put(id, path) {
      const { size } = await stat(path);
      await send(async (client, within) => {
        const { PutObjectCommand } = await import('@aws-sdk/client-s3');
        const Body = createReadStream(path);
        try {
          const asked = { ...at(id), Body, ContentLength: size };
          await client.send(new PutObjectCommand(asked), within);
        } finally {
          // The client leaves it open when it fails.
          Body.destroy();
        }
      }, size);
      await rm(path, { force: true });
    },

    async withFile(id, work) {
      await mkdir(temporary, { recursive: true });
      const path = join(temporary, randomUUID());
      try {
        await send(async (client, within) => {
          const { GetObjectCommand } = await import('@aws-sdk/client-s3');
          const { Body } = await client.send(new GetObjectCommand(at(id)), within);
          // The client's own limit ends with the head of the answer.
          const { abortSignal: signal } = within;
          await pipeline(Body as Readable, createWriteStream(path), { signal });
        });
        return await work(path);
      } finally {
        await rm(path, { force: true });
      }
    },

    remove: (id) =>
      send(async (client, within) => {
        const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
        await client.send(new DeleteObjectCommand(at(id)), within);
      }),

    list: (olderThan) => listOlder(place, send, olderThan),

    stop: async () => (await opened)?.destroy(),
  };
}

/** Ends a request, and the reading of its answer, when its time is over. */
type Within = { readonly abortSignal: AbortSignal };

/** `bytes`: how many there are to send. */
type Send = <T>(
  work: (client: S3Client, within: Within) => Promise<T>,
  bytes?: number,
) => Promise<T>;

/** Ids alone: under the same prefix somebody may keep something else. */
const isId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function* listOlder(
  { bucket: Bucket, prefix: Prefix }: S3Place,
  send: Send,
  olderThan: number,
): AsyncGenerator<string> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  let token: string | undefined;
  do {
    const more = token === undefined ? {} : { ContinuationToken: token };
    const page = await send((client, within) =>
      client.send(new ListObjectsV2Command({ Bucket, Prefix, ...more }), within),
    );
    for (const { Key = '', LastModified } of page.Contents ?? []) {
      const id = Key.slice(Prefix.length);
      if (isId.test(id) && LastModified && LastModified.getTime() < olderThan) yield id;
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** Loads the client for the first picture: a shop that keeps files starts without it. */
async function openClient(place: S3Place): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { accessKeyId, secretAccessKey } = place;
  return new S3Client({
    endpoint: place.endpoint.href,
    region: place.region,
    credentials: { accessKeyId, secretAccessKey },
    // What speaks S3 without being Amazon's is reached by path, and knows fewer checksums.
    forcePathStyle: true,
    logger: silent,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A stream can't be sent twice: each try is made anew, above.
    maxAttempts: 1,
    // Its own limit for an answer only warns: each request brings one that ends it.
    requestHandler: { connectionTimeout: 5_000 },
  });
}

function refuse(error: { readonly name?: string }): never {
  if (error.name === 'NoSuchKey' || error.name === 'NotFound') throw media.errors.unknownMedia();
  throw Object.assign(media.errors.storageUnavailable(), { cause: error });
}
