import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';

import type { Bytes, Download } from '../ports/bytes.ts';
import type { FileHead, Static } from '../schema.ts';

export type File = Download<Static<typeof FileHead>>;

/** From the first byte to the last, both counted. */
type Range = { readonly first: number; readonly last: number };

/**
 * Answers with bytes, at the pace of who reads them: whole, the part of a single `Range`, or 304 to
 * who has them already (RFC 9110, sections 13 and 14). Whatever is not sent is not read either.
 */
export async function sendFile(request: Request, response: Response, file: File): Promise<void> {
  const { head, bytes } = file;
  const range = rangeOf(request, file);
  describe(response, file);
  if (head.unchanged || isKnown(request, head.etag) || !bytes) {
    await letGo(bytes);
    response.writeHead(304).end();
  } else if (range === 'unsatisfiable') {
    await letGo(bytes);
    response.writeHead(416, { 'content-range': `bytes */${head.size}` }).end();
  } else if (request.method === 'HEAD') {
    await letGo(bytes);
    response.writeHead(200, lengthOf(head.size)).end();
  } else if (range) {
    const { first, last } = range;
    const told = { 'content-range': `bytes ${first}-${last}/${head.size}` };
    response.writeHead(206, { ...told, ...lengthOf(last - first + 1) });
    await send(response, within(bytes, range));
  } else {
    response.writeHead(200, lengthOf(head.size));
    await send(response, bytes);
  }
}

function describe(response: Response, { head }: File): void {
  const { mediaType, etag, lastModified, size, cacheControl = 'no-cache', disposition } = head;
  response.setHeader('content-type', mediaType);
  response.setHeader('etag', etag);
  response.setHeader('cache-control', cacheControl);
  // What any cache may keep for anybody, a page of any origin may show.
  if (/\bpublic\b/.test(cacheControl)) {
    response.setHeader('cross-origin-resource-policy', 'cross-origin');
  }
  if (lastModified) response.setHeader('last-modified', new Date(lastModified).toUTCString());
  if (size !== undefined) response.setHeader('accept-ranges', 'bytes');
  if (disposition) response.setHeader('content-disposition', disposition);
}

const lengthOf = (size: number | undefined) =>
  size === undefined ? {} : { 'content-length': size };

/** Whether the client says that it has these bytes; `If-None-Match` compares weakly. */
function isKnown({ headers }: Request, etag: string): boolean {
  const told = headers['if-none-match'];
  if (told === undefined) return false;
  return (
    told.trim() === '*' || told.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
  );
}

/** What a `Range` asks for. Several ranges at once, other units and nonsense get the whole. */
function rangeOf(
  { headers, method }: Request,
  { head }: File,
): Range | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(headers.range ?? '') ?? [];
  const { size, etag } = head;
  if (method !== 'GET' || size === undefined || from === undefined || to === undefined)
    return undefined;
  if (from === '' && to === '') return undefined;
  const only = headers['if-range'];
  if (only !== undefined && only !== etag) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  return first < size && (from !== '' || Number(to) > 0) ? { first, last } : 'unsatisfiable';
}

async function* within(bytes: Bytes, { first, last }: Range): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of bytes) {
    const wanted = chunk.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at));
    if (wanted.length > 0) yield wanted;
    at += chunk.length;
    if (at > last) return;
  }
}

/** Rejects when the bytes break off: the connection is cut, so that nobody takes a part for the whole. */
async function send(response: Response, bytes: Bytes): Promise<void> {
  try {
    await pipeline(Readable.from(bytes, { objectMode: false }), response);
  } catch (error) {
    // A reader who leaves is no error: the source has been stopped, and that is all.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** Tells whoever has the bytes that nobody will read them. */
export async function letGo(bytes: Bytes | undefined): Promise<void> {
  await bytes?.[Symbol.asyncIterator]().return?.();
}
