import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

import { bytesFrame, headerBytes, idBytes, messagesFrame } from './frames.ts';

/** Messages share a frame up to about so many bytes: what is longer is read too late. */
const sharedBytes = 16 * 1024;
const slabBytes = 64 * 1024;

/** A chunk up to this size is copied into the slab: a write of its own would cost more. */
const copiedBytes = 4 * 1024;

const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

/**
 * Sends what was said in one turn of the event loop in one write. It is written into a slab as it is
 * said, so that nothing has to be kept or joined until then.
 */
export class FrameWriter {
  readonly #out: Writable;
  /** A socket has no more need of what it has written at once; whatever else may keep it. */
  readonly #reuses: boolean;
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;
  /** Where the frame begins that takes the next message; -1 when there is none. */
  #frameAt = -1;
  #isDue = false;

  constructor(out: Writable) {
    this.#out = out;
    this.#reuses = out instanceof Socket && !('encrypted' in out);
  }

  /** A message as JSON. */
  send(message: string): void {
    // A character is at most three bytes of UTF-8.
    const mostBytes = message.length * 3 + headerBytes + 2;
    if (mostBytes > slabBytes) {
      this.#sendLong(message);
      return;
    }
    if (mostBytes > slabBytes - this.#used) this.flush();
    const slab = this.#slab;
    if (this.#frameAt === -1) {
      this.#frameAt = this.#used;
      this.#used += headerBytes;
      slab[this.#used] = openBracket;
    } else {
      slab[this.#used] = comma;
    }
    this.#used += 1 + slab.write(message, this.#used + 1, 'utf8');
    if (this.#used - this.#frameAt > sharedBytes) this.#endFrame();
    this.#schedule();
  }

  sendBytes(id: number, chunk: Uint8Array): void {
    this.#endFrame();
    if (headerBytes + idBytes + chunk.length > slabBytes - this.#used) this.flush();
    const slab = this.#slab;
    slab.writeUInt32BE(idBytes + chunk.length, this.#used);
    slab[this.#used + 4] = bytesFrame;
    slab.writeUInt32BE(id, this.#used + headerBytes);
    this.#used += headerBytes + idBytes;
    if (chunk.length <= copiedBytes) {
      slab.set(chunk, this.#used);
      this.#used += chunk.length;
      this.#schedule();
    } else {
      this.flush();
      this.#out.write(chunk);
    }
  }

  /** Sends now what waits. */
  flush(): void {
    this.#isDue = false;
    this.#endFrame();
    const used = this.#used;
    if (used === 0) return;
    this.#used = 0;
    if (this.#out.destroyed || !this.#out.writable) return;
    this.#out.write(this.#slab.subarray(0, used));
    if (this.#reuses && this.#out.writableLength === 0) return;
    this.#slab = Buffer.allocUnsafeSlow(slabBytes);
  }

  readonly #flushDue = (): void => this.flush();

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    process.nextTick(this.#flushDue);
  }

  #endFrame(): void {
    const at = this.#frameAt;
    if (at === -1) return;
    this.#slab[this.#used] = closeBracket;
    this.#used += 1;
    this.#slab.writeUInt32BE(this.#used - at - headerBytes, at);
    this.#slab[at + 4] = messagesFrame;
    this.#frameAt = -1;
  }

  /** A message that may not fit leaves in a frame of its own. */
  #sendLong(message: string): void {
    this.flush();
    const length = Buffer.byteLength(message) + 2;
    const frame = Buffer.allocUnsafeSlow(headerBytes + length);
    frame.writeUInt32BE(length);
    frame[4] = messagesFrame;
    frame[headerBytes] = openBracket;
    frame.write(message, headerBytes + 1, 'utf8');
    frame[frame.length - 1] = closeBracket;
    this.#out.write(frame);
  }
}
