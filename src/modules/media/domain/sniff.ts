import type { Image } from '../contract.ts';

/** Bytes at the beginning of a file that tell what it is. */
export const sniffedBytes = 4_100;

const formats: Readonly<Record<string, Image['format']>> = {
  'image/png': 'png',
  'image/apng': 'png',
  'image/jpeg': 'jpeg',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/gif': 'gif',
};

/** The format that bytes of this media type are kept as, or undefined for what is not kept. */
export function formatOfType(mediaType: string | undefined): Image['format'] | undefined {
  return mediaType === undefined ? undefined : formats[mediaType];
}
