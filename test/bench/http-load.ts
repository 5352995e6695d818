import { connect, type Socket } from 'node:net';

/** A client that keeps one connection and asks one thing after another, at the least cost there is. */
export class RawClient {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #answered: ((status: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#failed?.(error));
    this.#socket.on('close', () => this.#failed?.(new Error('The server closed the connection.')));
  }

  /** Sends a whole request; resolves with the status once the whole answer is here. */
  ask(request: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const headEnd = this.#buffer.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#buffer.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`An answer without a length:\n${head}`);
    if (this.#buffer.length < headEnd + 4 + length) return;
    this.#buffer = this.#buffer.subarray(headEnd + 4 + length);
    this.#answered?.(Number(head.slice(9, 12)));
  }
}

/** A request's text. `body` is sent as JSON. */
export function requestText(
  methodAndPath: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(text)}` }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${methodAndPath} HTTP/1.1\r\n${lines.join('')}\r\n${text}`;
}

/** Asks `times` requests over `clients` connections. Throws at an answer that is not `status`. */
export async function load(
  port: number,
  clients: number,
  times: number,
  status: number,
  next: (client: number) => string,
): Promise<void> {
  let left = times;
  const one = async (index: number) => {
    const client = new RawClient(port);
    try {
      while (left > 0) {
        left -= 1;
        const answered = await client.ask(next(index));
        if (answered !== status) throw new Error(`Answered ${answered} instead of ${status}.`);
      }
    } finally {
      client.close();
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => one(index)));
}
