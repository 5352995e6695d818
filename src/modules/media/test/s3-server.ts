import { createRequire } from 'node:module';

import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';

import type { S3Place } from '../providers/s3-storage.ts';

type Server = { run(): Promise<unknown>; close(): Promise<void> };

/** An S3-speaking server of the test's own, with one bucket; it ends with the test file. */
export async function startS3(
  folder: string,
): Promise<{ readonly place: S3Place; readonly settings: Record<string, string> }> {
  const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Server;
  const port = await freePort();
  const server = new S3rver({
    port,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: [{ name: 'pictures' }],
  });
  await server.run();
  fileEnd.after(() => server.close());
  const [accessKeyId, secretAccessKey] = ['S3RVER', 'S3RVER'];
  const endpoint = new URL(`http://127.0.0.1:${port}`);
  return {
    place: {
      ...{ endpoint, bucket: 'pictures', prefix: 'media/', region: 'us-east-1' },
      ...{ accessKeyId, secretAccessKey },
    },
    settings: {
      S3_ENDPOINT: endpoint.href,
      S3_BUCKET: 'pictures',
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    },
  };
}
