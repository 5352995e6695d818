import type { SettingsOf } from '#kernel/config/settings';
import { text, url, wholeNumber } from '#kernel/config/settings';
import { StartError } from '#kernel/start-error';

import type { S3Place } from './s3-storage.ts';

const without = { fallback: undefined };

export const storageSettings = {
  MEDIA_CACHE_MB: wholeNumber(
    { min: 1, max: 1_000_000 },
    { fallback: 512, example: '512', meaning: 'disk for resized pictures, in MiB' },
  ),
  S3_ENDPOINT: url(['http:', 'https:'], {
    ...without,
    example: 'https://s3.example.com',
    meaning: 'keeps pictures in an S3-compatible store; files in DATA_DIR without',
  }),
  S3_BUCKET: text({ ...without, example: 'pictures', meaning: 'the bucket, which exists already' }),
  S3_PREFIX: text({
    fallback: 'media/',
    example: 'shop-one/',
    meaning: 'before each key; shops that share a bucket need one each',
  }),
  S3_REGION: text({ fallback: 'us-east-1', example: 'eu-central-1', meaning: 'its region' }),
  S3_ACCESS_KEY_ID: text({ ...without, example: 'AKIA…', meaning: 'who the shop is to the store' }),
  S3_SECRET_ACCESS_KEY: text({
    ...without,
    example: 'at least 16 characters',
    meaning: 'and how it proves that',
    secret: true,
  }),
};

/** Where pictures are kept when not in files. Throws a `StartError` that names what is missing. */
export function s3PlaceOf(settings: SettingsOf<typeof storageSettings>): S3Place | undefined {
  const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = settings;
  if (!S3_ENDPOINT) return undefined;
  const wanted = { S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY };
  const missing = Object.entries(wanted).filter(([, value]) => !value);
  if (missing.length > 0) {
    throw new StartError(
      `S3_ENDPOINT is set, so ${missing.map(([name]) => name).join(', ')} must be, too.`,
    );
  }
  return {
    endpoint: S3_ENDPOINT,
    bucket: S3_BUCKET as string,
    prefix: settings.S3_PREFIX,
    region: settings.S3_REGION,
    accessKeyId: S3_ACCESS_KEY_ID as string,
    secretAccessKey: S3_SECRET_ACCESS_KEY as string,
  };
}
