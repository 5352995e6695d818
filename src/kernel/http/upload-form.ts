import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { BusboyInstance } from '@fastify/busboy';

import { Failure } from '../failure.ts';
import type { Bytes } from '../ports/bytes.ts';
import { discardBody, discardedBytes, refuseEncodings } from './body.ts';
import { edgeFailures } from './edge-failures.ts';

/** A form with one file: what stands before the file, and the file, on its way. */
export type UploadForm = {
  /** The other parts, in the form of a query string. */
  readonly fields: string;
  /** As sent: nothing of it is to be trusted. */
  readonly file: { readonly name: string; readonly type: string };
  /** Throws `too_large`, `body_incomplete` or `malformed_form`; ends only when the whole form was in order. */
  readonly bytes: Bytes;
  /** Lets go of what was not read. */
  end(): Promise<void>;
};

type Shape = { readonly part: string; readonly maxBytes: number };

/** Field names and values are the input's, so they are short; everything else of a form is its file. */
const limits = {
  fields: 50,
  fieldNameSize: 100,
  fieldSize: 8 * 1024,
  files: 2,
  parts: 60,
  headerPairs: 20,
  headerSize: 16 * 1024,
};

/** Boundaries, headers and fields around a file. */
const aroundFileBytes = 1024 * 1024;

/**
 * Reads a multipart/form-data body up to its file, which has to be the last part. Throws
 * `unsupported_media`, `too_large`, `body_incomplete` or `malformed_form`.
 */
export async function openForm(request: IncomingMessage, shape: Shape): Promise<UploadForm> {
  const { maxBytes, part } = shape;
  refuseEncodings(request);
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data[ \t]*;/i.test(type)) {
    throw edgeFailures.unsupportedMedia({ detail: 'Send Content-Type: multipart/form-data.' });
  }
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes + aroundFileBytes + discardedBytes)
    throw edgeFailures.bodyTooLarge({ maxBytes });

  const parser = await parserOf(request, type);
  const whole = wholeForm(request, parser);
  try {
    const opened = await Promise.race([firstFile(parser, part), whole.then(noFile)]);
    return {
      fields: opened.fields.toString(),
      file: opened.file,
      bytes: bytesOf(opened.stream, maxBytes, whole),
      async end() {
        request.unpipe(parser);
        opened.stream.destroy();
        await discardBody(request);
      },
    };
  } catch (error) {
    request.unpipe(parser);
    await discardBody(request);
    throw error;
  }
}

async function parserOf(request: IncomingMessage, type: string): Promise<BusboyInstance> {
  const { Busboy } = await import('@fastify/busboy');
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': type },
      limits,
      preservePath: true,
    });
  } catch {
    throw edgeFailures.malformedForm({ detail: 'It names no boundary.' });
  }
}

/** Resolves when the form has ended as it should; rejects at the first thing that is wrong with it. */
function wholeForm(request: IncomingMessage, parser: BusboyInstance): Promise<void> {
  const whole = new Promise<void>((resolve, reject) => {
    const malformed = (detail: string) => reject(edgeFailures.malformedForm({ detail }));
    parser.once('finish', resolve);
    parser.once('error', () => malformed('It does not end as it began.'));
    for (const event of ['partsLimit', 'fieldsLimit', 'filesLimit'] as const) {
      parser.once(event, () => malformed('It has too many parts.'));
    }
    parser.on('field', (name, _value, isNameCut, isValueCut) => {
      if (isNameCut || isValueCut) malformed(`The field ${name.slice(0, 40)} is too long.`);
    });
    let files = 0;
    parser.on('file', (_name, stream) => {
      files += 1;
      stream.on('error', () => malformed('It does not end as it began.'));
      if (files > 1) malformed('It has more than one file.');
    });
    parser.on('field', () => {
      if (files > 0) malformed('Fields stand before the file.');
    });
    const broken = () => reject(edgeFailures.bodyIncomplete());
    request.once('error', broken).once('close', () => !request.complete && broken());
    request.pipe(parser);
  });
  // Whoever has what it wanted of the form need not hear of the rest.
  whole.catch(() => undefined);
  return whole;
}

type Opened = {
  readonly fields: URLSearchParams;
  readonly file: UploadForm['file'];
  readonly stream: Readable;
};

function firstFile(parser: BusboyInstance, part: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const fields = new URLSearchParams();
    parser.on('field', (name, value) => fields.append(name, value));
    parser.once('file', (name, stream, fileName, _encoding, type) => {
      if (name === part)
        resolve({ fields, file: { name: (fileName ?? '').slice(0, 255), type }, stream });
      else
        reject(edgeFailures.malformedForm({ detail: `The file belongs into the part ${part}.` }));
    });
  });
}

function noFile(): never {
  throw edgeFailures.malformedForm({ detail: 'It has no file.' });
}

async function* bytesOf(
  stream: Readable,
  maxBytes: number,
  whole: Promise<void>,
): AsyncGenerator<Uint8Array> {
  // What is wrong with the form ends the file too: its bytes are good for nothing then.
  whole.catch((error: Error) => stream.destroy(error));
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw edgeFailures.bodyTooLarge({ maxBytes });
      yield chunk;
    }
  } catch (error) {
    // The parser's own errors say less than what the form was found to be.
    if (!(error instanceof Failure)) await whole;
    throw error;
  }
  await whole;
}
