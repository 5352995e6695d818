import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import { inChunks } from './pictures.ts';

/** How fast somebody sends: a piece of `size` bytes, then nothing for `everyMs`. */
export type Pace = { readonly everyMs?: number; readonly size?: number };

/** A picture on its way to the shop, as fast and as far as a test likes. */
export type FormUpload = {
  /** Sends until all is on its way, or an answer has come before. */
  pour(bytes: Buffer, pace?: Pace): Promise<void>;
  /** Bytes of the picture that have left. */
  sent(): number;
  finish(): void;
  breakOff(): void;
  told(): Promise<{ status: number; body: { id?: string; code?: string } }>;
};

const edge = 'a-boundary-of-the-tests';
const head = `--${edge}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n`;
const tail = `\r\n--${edge}--\r\n`;

/** Begins to send a picture of `size` bytes, by hand: what it says of itself may be a lie. */
export function beginUpload(url: string, token: string, size: number): FormUpload {
  const outgoing = request(`${url}/api/media`, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/form-data; boundary=${edge}`,
      'content-length': head.length + size + tail.length,
    },
  });
  let sent = 0;
  let isAnswered = false;
  const answer = once(outgoing, 'response').then(([response]) => {
    isAnswered = true;
    return response as IncomingMessage;
  });
  answer.catch(() => undefined);
  outgoing.on('error', () => undefined);
  outgoing.write(head);
  return {
    async pour(bytes, { everyMs = 0, size: piece = 64 * 1024 } = {}) {
      for await (const chunk of inChunks(bytes, piece)) {
        if (isAnswered || outgoing.destroyed) return;
        sent += chunk.length;
        if (!outgoing.write(chunk)) await Promise.race([once(outgoing, 'drain'), answer]);
        if (everyMs > 0) await pause(everyMs);
      }
    },
    sent: () => sent,
    finish: () => void outgoing.end(tail),
    breakOff: () => void outgoing.destroy(),
    async told() {
      const response = await answer;
      let text = '';
      for await (const chunk of response) text += chunk;
      return { status: response.statusCode ?? 0, body: JSON.parse(text) };
    },
  };
}
