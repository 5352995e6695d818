import { parseStrictJson } from '#kernel/http/strict-json';
import type { Clock } from '#kernel/ports/clock';

import { isChargeAnswer, toCharge } from './charge-answer.ts';
import { standardSignatures } from './standard-webhooks.ts';
import type { Tidings, ToldCharge, Webhooks } from './webhooks.ts';

/**
 * The webhooks of the HTTP provider: `{"type": "charge.succeeded", "data": {…}}`, where `data` is the
 * charge as `GET /charges` shows it, or the refund with the `chargeId` that it belongs to.
 */
export function httpWebhooks(keys: readonly Uint8Array[], clock: Clock): Webhooks {
  return { provider: 'http', isGenuine: standardSignatures(keys, clock), read };
}

function read(body: string): Tidings | undefined {
  const { type, data } = fieldsOf(parsed(body));
  if (typeof type !== 'string') return undefined;
  if (type === 'charge.succeeded') return chargeTold('succeeded', fieldsOf(data));
  if (type === 'charge.declined') return chargeTold('declined', fieldsOf(data));
  if (type === 'refund.succeeded') return refundTold(fieldsOf(data));
  // A provider may have more to tell than we want to know.
  return { kind: 'other' };
}

type Fields = Readonly<Record<string, unknown>>;

function chargeTold(status: 'succeeded' | 'declined', data: Fields): Tidings | undefined {
  const { reference } = data;
  if (typeof reference !== 'string') return undefined;
  return {
    kind: 'charge',
    reference,
    told: toldIn({ ...data, status: data.status ?? status }, status),
  };
}

function toldIn(data: Fields, status: string): ToldCharge | undefined {
  if (!isChargeAnswer(data) || data.status !== status) return undefined;
  return { charge: toCharge(data), amount: data.amount, currency: data.currency };
}

function refundTold({ chargeId }: Fields): Tidings | undefined {
  return typeof chargeId === 'string' ? { kind: 'refund', chargeId } : { kind: 'other' };
}

function parsed(body: string): unknown {
  try {
    return parseStrictJson(body);
  } catch {
    // Whatever is wrong with its grammar: it is no webhook.
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
