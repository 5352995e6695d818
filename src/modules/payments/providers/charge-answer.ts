import { oneOf, type Static, Type } from '#kernel/schema';
import { compileValidator } from '#kernel/validator';

import type { Charge, Sought } from './provider.ts';

/** Visible ASCII, because the id becomes part of a path and of log lines. */
const ProviderId = Type.String({ pattern: '^[\\x21-\\x7e]{1,200}$' });
const MinorUnits = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** A charge as the provider writes it. `currency` may be missing: the reference implies it. */
const ChargeAnswer = Type.Object({
  id: ProviderId,
  status: oneOf('succeeded', 'declined', 'pending'),
  amount: MinorUnits,
  currency: Type.Optional(Type.String()),
  reference: Type.String({ maxLength: 200 }),
  /** Anything else than minor units counts as not told. */
  refunded: Type.Optional(Type.Unknown()),
  declineCode: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
});
export type ChargeAnswer = Static<typeof ChargeAnswer>;

const RefundAnswer = Type.Object({ id: ProviderId, amount: MinorUnits });
const ListAnswer = Type.Object({ items: Type.Array(Type.Unknown()) });

const validators = {
  charge: compileValidator(ChargeAnswer, { unknownFields: 'ignore' }),
  refund: compileValidator(RefundAnswer, { unknownFields: 'ignore' }),
  list: compileValidator(ListAnswer, { unknownFields: 'ignore' }),
};

export function isChargeAnswer(body: unknown): body is ChargeAnswer {
  return validators.charge.check(body);
}

export function isRefundAnswer(body: unknown): body is Static<typeof RefundAnswer> {
  return validators.refund.check(body);
}

export function isListAnswer(body: unknown): body is Static<typeof ListAnswer> {
  return validators.list.check(body);
}

export function toCharge({ id, status, declineCode, refunded }: ChargeAnswer): Charge {
  if (status === 'declined') return { id, status, declineCode: plainCode(declineCode) };
  return { id, status, ...(isMinorUnits(refunded) && { refunded }) };
}

/** The same money, for the same payment. */
export function isOf(
  { reference, amount }: Sought,
  answer: Pick<ChargeAnswer, 'reference' | 'amount' | 'currency'>,
): boolean {
  return (
    answer.reference === reference &&
    answer.amount === amount.amount &&
    (answer.currency === undefined || answer.currency === amount.currency)
  );
}

function isMinorUnits(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Customers and mails get to read it: a word, never text. */
function plainCode(code: string | null | undefined): string {
  return code && /^[\w.-]{1,64}$/.test(code) ? code : 'declined';
}
