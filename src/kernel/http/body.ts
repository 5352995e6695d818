import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

import { edgeFailures } from './edge-failures.ts';
import { parseStrictJson } from './strict-json.ts';

/** 1 MiB: a thousand times an honest order. Files have a door of their own. */
const largestBodyBytes = 1024 * 1024;

/**
 * What of a body that is too large is still read, and thrown away, so that its sender gets to read
 * the answer: whoever is cut off in the middle of sending sees a reset connection instead.
 */
export const discardedBytes = 8 * largestBodyBytes;

/**
 * Reads a request's JSON body; `{}` when it has none, so that a call without fields needs no body.
 * Throws `unsupported_media`, `too_large`, `body_incomplete` or `malformed_json`. How long it may
 * take is the listener's request timeout.
 */
export async function readJsonBody(
  request: IncomingMessage,
  maxBytes: number = largestBodyBytes,
): Promise<unknown> {
  if (!hasBody(request)) return {};
  refuseForeignMedia(request);
  const bytes = await readBytes(request, maxBytes);
  return bytes.length === 0 ? {} : parseStrictJson(textOf(bytes));
}

/** Reads a body of any content type as text, byte for byte. Throws as `readJsonBody` does. */
export async function readTextBody(
  request: IncomingMessage,
  maxBytes: number = largestBodyBytes,
): Promise<string> {
  refuseEncodings(request);
  return hasBody(request) ? textOf(await readBytes(request, maxBytes)) : '';
}

function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

const plainJson = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;

function refuseForeignMedia(request: IncomingMessage): void {
  refuseEncodings(request);
  if (plainJson.test(request.headers['content-type'] ?? '')) return;
  throw edgeFailures.unsupportedMedia({ detail: 'Send Content-Type: application/json.' });
}

/** A packed body could unpack to any size. */
export function refuseEncodings({ headers }: IncomingMessage): void {
  const { 'content-encoding': content = 'identity', 'transfer-encoding': transfer = 'chunked' } =
    headers;
  if (content === 'identity' && transfer.toLowerCase() === 'chunked') return;
  throw edgeFailures.unsupportedMedia({ detail: 'Send the body without a Content-Encoding.' });
}

function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => edgeFailures.bodyTooLarge({ maxBytes });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + discardedBytes) throw tooLarge();
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks = [];
      if (size > maxBytes + discardedBytes) reject(tooLarge());
    });
    request.once('end', () => {
      if (size > maxBytes) return reject(tooLarge());
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    });
    const broken = () => reject(edgeFailures.bodyIncomplete());
    request.once('error', broken).once('close', broken);
  });
}

/** How long the rest of a body is waited for, only to throw it away. */
const discardWithinMs = 2_000;

/**
 * Throws away what is left of a body, so that its sender gets to read the answer; not without end:
 * what is left then goes with its connection.
 */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let size = 0;
    const done = () => {
      clearTimeout(late);
      request.pause();
      resolve();
    };
    const late = setTimeout(done, discardWithinMs);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > discardedBytes) done();
    });
    request.once('end', done).once('close', done);
    request.resume();
  });
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw edgeFailures.malformedJson({ detail: 'It is not UTF-8.' });
  return bytes.toString('utf8');
}
