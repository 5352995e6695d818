import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** The body of a request whose length nobody knows before it ends (RFC 9112, 7.1). */
export class ChunkedBody {
  readonly #body: Readable;
  #isSent = false;

  constructor(body: Readable, socket: Socket) {
    this.#body = body;
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
    if (!this.#isSent) this.#body.resume();
  }

  /** Nobody takes the rest of it. */
  leave(): void {
    if (!this.#isSent) this.#body.destroy();
  }
}
