import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** A webhook on its way: the same id however often it is sent. */
export type Message = {
  readonly id: string;
  readonly body: string;
};

export function message(type: string, data: object, id = `msg_${randomUUID()}`): Message {
  const timestamp = new Date().toISOString();
  return { id, body: JSON.stringify({ type, timestamp, data }) };
}

/**
 * The headers of a Standard Webhook, signed here by the words of its specification and not by the
 * package that the shop checks it with. `secret` is `whsec_` and base64.
 */
export function signedHeaders(
  { id, body }: Message,
  secret: string,
  sentAtMs = Date.now(),
): Record<string, string> {
  const timestamp = `${Math.floor(sentAtMs / 1000)}`;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}

/** Sends it once. Answers the status, or 0 when the shop was not there to answer. */
export async function deliver(url: string, sent: Message, secret: string): Promise<number> {
  try {
    const { body } = sent;
    const headers = signedHeaders(sent, secret);
    const signal = AbortSignal.timeout(5_000);
    return (await fetch(url, { method: 'POST', headers, body, signal })).status;
  } catch {
    return 0;
  }
}

/** Real providers try for days; a shop that is killed again and again is up for moments only. */
const patienceMs = 120_000;

/**
 * Sends it, signed anew each time, until it is taken, refused for good, or nobody has taken it for
 * two minutes. Answers the last status.
 */
export async function deliverUntilTaken(
  url: string,
  sent: Message,
  secret: string,
): Promise<number> {
  const overAt = performance.now() + patienceMs;
  for (;;) {
    const status = await deliver(url, sent, secret);
    const mayPass = status === 0 || status === 429 || status >= 500;
    if (!mayPass || performance.now() > overAt) return status;
    await pause(100);
  }
}
