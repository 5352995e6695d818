import { createReadStream } from 'node:fs';

/** The bytes of the picture of that name, which lies beside this file. */
export function openPicture(picture: string): AsyncIterable<Uint8Array> {
  return createReadStream(new URL(`./${picture}.webp`, import.meta.url));
}
