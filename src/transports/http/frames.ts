import { ProtocolBroken } from './messages.ts';
import { parseMessages } from './wire-json.ts';

/**
 * A frame is the length of what follows its header (32 bits, big endian), its type (8 bits), and
 * then a JSON array of messages, or a flow's id (32 bits) and bytes of it.
 */
export const headerBytes = 5;
export const messagesFrame = 1;
export const bytesFrame = 2;
export const idBytes = 4;

export type FrameSink = {
  message(message: readonly unknown[]): void;
  bytes(id: number, chunk: Buffer): void;
};

/** Cuts what comes into frames. Throws `ProtocolBroken` at what is none. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #parts: Buffer[] = [];
  #have = 0;
  #need = 0;
  /** The longest frame that is taken. */
  mostBytes: number;

  constructor(sink: FrameSink, mostBytes: number) {
    this.#sink = sink;
    this.mostBytes = mostBytes;
  }

  push(chunk: Buffer): void {
    let all = chunk;
    if (this.#have > 0) {
      this.#parts.push(chunk);
      this.#have += chunk.length;
      if (this.#have < this.#need) return;
      all = Buffer.concat(this.#parts, this.#have);
      this.#parts.length = 0;
      this.#have = 0;
    }
    const end = this.#parse(all);
    if (end === all.length) return;
    this.#parts.push(end === 0 ? all : all.subarray(end));
    this.#have = all.length - end;
  }

  /** Answers how much of `all` was whole frames. */
  #parse(all: Buffer): number {
    let at = 0;
    while (all.length - at >= headerBytes) {
      const length = all.readUInt32BE(at);
      if (length > this.mostBytes) throw new ProtocolBroken(`A frame of ${length} bytes.`);
      const end = at + headerBytes + length;
      if (end > all.length) {
        this.#need = end - at;
        return at;
      }
      this.#take(all, all[at + 4] as number, at + headerBytes, end);
      at = end;
    }
    this.#need = headerBytes;
    return at;
  }

  #take(all: Buffer, type: number, start: number, end: number): void {
    if (type === messagesFrame) {
      const sink = this.#sink;
      for (const message of parseMessages(all.toString('utf8', start, end))) sink.message(message);
    } else if (type === bytesFrame && end - start >= idBytes) {
      this.#sink.bytes(all.readUInt32BE(start), all.subarray(start + idBytes, end));
    } else {
      throw new ProtocolBroken(`A frame of type ${type}.`);
    }
  }
}
