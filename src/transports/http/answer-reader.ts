import { type AnswerHead, readHead, readLength } from './answer-head.ts';
import { ProtocolBroken } from './messages.ts';

/** Hears one answer as it comes. What it throws ends the connection. */
export type AnswerSink = {
  /** The body is wanted (RFC 9110, 10.1.1). */
  goOn?(): void;
  head(head: AnswerHead): void;
  data(chunk: Buffer): void;
  end(): void;
};

type State = 'over' | 'head' | 'body' | 'rest' | 'size' | 'chunk' | 'chunkEnd' | 'trailers';

const mostHeadBytes = 16 * 1024;
const mostLineBytes = 1024;
const crlf = '\r\n';

/**
 * Reads answers of HTTP/1.1 (RFC 9112) off one connection, one after another. It knows no more of it
 * than a caller needs, and takes nothing that could be read in two ways: then `push` throws
 * `ProtocolBroken`, and of that connection nothing more is to be believed.
 */
export class AnswerReader {
  #sink: AnswerSink | undefined;
  #state: State = 'over';
  /** What has come of a head or a line that is not whole. */
  #kept: Buffer | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes to come of the body, or of the chunk. */
  #left = 0;
  #trailerBytes = 0;
  #mayGoOn = true;

  /** After the last answer the connection may be used for another. */
  get mayGoOn(): boolean {
    return this.#mayGoOn;
  }

  /** An answer is expected now. */
  expect(sink: AnswerSink): void {
    this.#sink = sink;
    this.#state = 'head';
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#kept ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = undefined;
    this.#at = 0;
    while (this.#at < this.#bytes.length && this.#step());
    if (this.#at < this.#bytes.length) this.#kept = this.#bytes.subarray(this.#at);
  }

  /** Nothing more comes; answers whether that is the end of an answer. */
  closed(): boolean {
    if (this.#state !== 'rest') return false;
    this.#end();
    return true;
  }

  /** Answers false when more has to come first. */
  #step(): boolean {
    switch (this.#state) {
      case 'over':
        throw new ProtocolBroken('More than an answer.');
      case 'head':
        return this.#head();
      case 'size':
        return this.#size();
      case 'chunkEnd':
        return this.#chunkEnd();
      case 'trailers':
        return this.#trailer();
      default:
        return this.#body();
    }
  }

  #head(): boolean {
    const end = this.#bytes.indexOf('\r\n\r\n', this.#at);
    if ((end === -1 ? this.#bytes.length : end) - this.#at > mostHeadBytes) {
      throw new ProtocolBroken('A head that is too long.');
    }
    if (end === -1) return false;
    const head = readHead(this.#bytes.toString('latin1', this.#at, end + crlf.length));
    this.#at = end + 4;
    // Of the answers beforehand only this one says something that matters here.
    if (head.status === 100) this.#sink?.goOn?.();
    if (head.status < 200) return true;
    const length = readLength(head);
    this.#mayGoOn = head.mayGoOn && length !== 'rest';
    this.#sink?.head(head);
    if (length === 0) this.#end();
    else if (length === 'chunks') this.#state = 'size';
    else if (length === 'rest') this.#expectBytes('rest', Number.POSITIVE_INFINITY);
    else this.#expectBytes('body', length);
    return true;
  }

  #body(): boolean {
    const from = this.#at;
    const length = Math.min(this.#left, this.#bytes.length - from);
    this.#at += length;
    this.#left -= length;
    this.#sink?.data(this.#bytes.subarray(from, this.#at));
    if (this.#left > 0) return true;
    if (this.#state === 'chunk') this.#state = 'chunkEnd';
    else this.#end();
    return true;
  }

  #size(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    // What may follow the size is for whoever passes chunks on.
    const [, size] = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line) ?? [];
    if (!size) throw new ProtocolBroken('A chunk without a size.');
    const length = Number.parseInt(size, 16);
    this.#trailerBytes = 0;
    if (length === 0) this.#state = 'trailers';
    else this.#expectBytes('chunk', length);
    return true;
  }

  #chunkEnd(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (line !== '') throw new ProtocolBroken('A chunk that is longer than it says.');
    this.#state = 'size';
    return true;
  }

  #trailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > mostHeadBytes) throw new ProtocolBroken('Trailers without an end.');
    if (line === '') this.#end();
    return true;
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf(crlf, this.#at);
    if ((end === -1 ? this.#bytes.length : end) - this.#at > mostLineBytes) {
      throw new ProtocolBroken('A line that is too long.');
    }
    if (end === -1) return undefined;
    const line = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + crlf.length;
    return line;
  }

  #expectBytes(state: State, length: number): void {
    this.#state = state;
    this.#left = length;
  }

  #end(): void {
    const sink = this.#sink;
    // What follows unasked must not become the next answer, whoever waits for the connection.
    if (this.#at < this.#bytes.length) this.#mayGoOn = false;
    this.#state = 'over';
    this.#sink = undefined;
    sink?.end();
  }
}
