import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** A server that says nothing of whether it wants a body gets it after so long (RFC 9110, 10.1.1). */
const unaskedAfterMs = 1000;

/**
 * The body of a request whose length nobody knows before it ends (RFC 9112, 7.1). It is touched when
 * the server wants it: who is refused before that still has all of it.
 */
export class ChunkedBody {
  readonly #body: Readable;
  readonly #socket: Socket;
  readonly #unasked = setTimeout(() => this.begin(), unaskedAfterMs);
  #hasBegun = false;
  #isSent = false;

  constructor(body: Readable, socket: Socket) {
    this.#body = body;
    this.#socket = socket;
  }

  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    clearTimeout(this.#unasked);
    const [body, socket] = [this.#body, this.#socket];
    body.on('data', (chunk: Buffer) => {
      // A chunk of nothing would be the end.
      if (chunk.length === 0) return;
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`);
      socket.write(chunk);
      const isRoom = socket.write('\r\n');
      socket.uncork();
      if (!isRoom) body.pause();
    });
    body.on('end', () => {
      this.#isSent = true;
      socket.write('0\r\n\r\n');
    });
    body.on('error', (error) => socket.destroy(error));
  }

  get isSent(): boolean {
    return this.#isSent;
  }

  /** The socket has room again. */
  goOn(): void {
    if (this.#hasBegun && !this.#isSent) this.#body.resume();
  }

  /** Nobody takes the rest of it. */
  leave(): void {
    this.#hasBegun = true;
    clearTimeout(this.#unasked);
    if (!this.#isSent) this.#body.destroy();
  }
}
