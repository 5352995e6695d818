import { readFieldAt } from './http-fields.ts';
import { header, jsonType, type RequestHead } from './request-wire.ts';

/** A request that has come whole: JSON, and how many bytes it took. */
export type PlainRequest = RequestHead & { readonly body: string; readonly bytes: number };

/** Node refuses longer heads, with a status of its own. */
const mostHeadBytes = 16 * 1024;

const requestLine = /^POST (\/internal\/(?:calls|asks)(?:\/[\w~-][\w.~-]*)+) HTTP\/1\.1\r\n/;

/** What they ask for is Node's to do, or to refuse. */
const unusual = ['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer'];

/** Looked up by name; those that begin a head are found behind the others. */
type Headers = Record<string, string>;

/** The beginning of a head, up to and with who calls: on one connection it is mostly the same. */
type Opening = { readonly text: string; readonly url: string; readonly headers: Headers };

/** Reads the requests of one connection, as long as they are of the usual form. */
export class PlainReader {
  #opening: Opening | undefined;

  /**
   * Undefined when a request is of any other form, is not all there, or could be read in two ways:
   * then Node's own parser has to judge it.
   */
  read(bytes: Buffer): PlainRequest | undefined {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1 || end > mostHeadBytes) return undefined;
    const head = bytes.toString('latin1', 0, end + 2);
    if (!this.#opening || !head.startsWith(this.#opening.text)) this.#opening = openingOf(head);
    const opening = this.#opening;
    const headers = opening && readFields(head, opening);
    if (!opening || !headers || !isUsual(headers)) return undefined;
    const from = end + 4;
    const to = from + Number(headers['content-length']);
    if (to > bytes.length) return undefined;
    const { url } = opening;
    return { url, headers, body: bytes.toString('utf8', from, to), bytes: to };
  }
}

function openingOf(head: string): Opening | undefined {
  const [line, url] = requestLine.exec(head) ?? [];
  if (line === undefined || url === undefined) return undefined;
  const headers: Headers = Object.create(null);
  let at = line.length;
  while (headers[header.caller] === undefined && at < head.length) {
    const field = readFieldAt(head, at);
    if (!field || headers[field.name] !== undefined) return undefined;
    headers[field.name] = field.value;
    at = field.end;
  }
  return { text: head.slice(0, at), url, headers };
}

/** All headers. Undefined when one is unreadable, or comes twice. */
function readFields(head: string, { text, headers: first }: Opening): Headers | undefined {
  const headers: Headers = Object.create(first);
  for (let at = text.length; at < head.length; ) {
    const field = readFieldAt(head, at);
    if (!field || headers[field.name] !== undefined) return undefined;
    headers[field.name] = field.value;
    at = field.end;
  }
  return headers;
}

function isUsual(headers: Headers): boolean {
  return (
    headers.host !== undefined &&
    headers['content-type'] === jsonType &&
    /^\d{1,6}$/.test(headers['content-length'] ?? '') &&
    (headers.connection ?? 'keep-alive') === 'keep-alive' &&
    unusual.every((name) => headers[name] === undefined)
  );
}
