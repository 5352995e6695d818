import { readFieldAt } from './http-fields.ts';
import { ProtocolBroken } from './messages.ts';

export type AnswerHead = {
  readonly status: number;
  /** By names in lower case; what came several times stands there with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** By what the server says, the connection may be used again. */
  readonly mayGoOn: boolean;
};

/** Bytes, or a body in chunks, or all that comes until the connection ends. */
export type AnswerLength = number | 'chunks' | 'rest';

/** A head without its empty line. Throws `ProtocolBroken` at what could be read in two ways. */
export function readHead(text: string): AnswerHead {
  const [line, minor, status] = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?\r\n/.exec(text) ?? [];
  if (line === undefined) throw new ProtocolBroken('No answer of HTTP/1.1.');
  if (status === '101') throw new ProtocolBroken('An upgrade that nobody asked for.');
  const headers = readFields(text, line.length);
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const mayGoOn = minor === '1' ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection);
  return { status: Number(status), headers, mayGoOn };
}

/** Throws `ProtocolBroken` when the lengths that are given do not go together. */
export function readLength({ status, headers }: AnswerHead): AnswerLength {
  const length = headers.get('content-length');
  const coding = headers.get('transfer-encoding');
  if (coding !== undefined) {
    if (coding.toLowerCase() === 'chunked' && length === undefined) return 'chunks';
    throw new ProtocolBroken('A body of a length that can not be known.');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new ProtocolBroken('A length that is none.');
  }
  if (status === 204 || status === 304) return 0;
  return length === undefined ? 'rest' : Number(length);
}

function readFields(head: string, from: number): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = from; at < head.length; ) {
    const field = readFieldAt(head, at);
    if (!field) throw new ProtocolBroken('A header that can not be read.');
    const before = headers.get(field.name);
    headers.set(field.name, before === undefined ? field.value : `${before}, ${field.value}`);
    at = field.end;
  }
  return headers;
}
