import { appendFileSync, readFileSync } from 'node:fs';

export type ChargeStatus = 'succeeded' | 'declined' | 'pending';

type Line =
  | {
      readonly kind: 'charge';
      readonly id: string;
      readonly key: string;
      readonly reference: string;
      readonly amount: number;
      readonly currency: string;
      readonly status: ChargeStatus;
    }
  | { readonly kind: 'settled'; readonly chargeId: string; readonly status: ChargeStatus }
  | {
      readonly kind: 'refund';
      readonly id: string;
      readonly key: string;
      readonly chargeId: string;
      readonly amount: number;
    };

export type ChargeKept = Omit<Extract<Line, { kind: 'charge' }>, 'kind'> & {
  /** Minor units that have gone back. */
  readonly refunded: number;
};
export type RefundKept = Omit<Extract<Line, { kind: 'refund' }>, 'kind'>;

/**
 * The books of a provider that trusts its customers too much: it refuses no second charge of one
 * reference and no refund beyond its charge, so that they show what the shop really asked for. A file
 * of JSON lines, written before anything is answered.
 */
export class ProviderBooks {
  readonly #file: string;
  readonly #charges: ChargeKept[] = [];
  readonly #refunds: RefundKept[] = [];

  constructor(file: string) {
    this.#file = file;
    appendFileSync(file, '');
  }

  get charges(): readonly ChargeKept[] {
    return this.#charges;
  }

  get refunds(): readonly RefundKept[] {
    return this.#refunds;
  }

  chargeById(id: string): ChargeKept | undefined {
    return this.#charges.find((charge) => charge.id === id);
  }

  enter(line: Line): void {
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    apply(line, this.#charges, this.#refunds);
  }
}

/** Reads the books as an outsider: every charge with what has gone back of it. */
export function readProviderBooks(file: string): readonly ChargeKept[] {
  const charges: ChargeKept[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text !== '') apply(JSON.parse(text), charges, []);
  }
  return charges;
}

/** What the provider keeps for good, in minor units by reference (the payment's id). */
export function moneyInBooks(file: string): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const { reference, status, amount, refunded } of readProviderBooks(file)) {
    if (status === 'declined') continue;
    kept.set(reference, (kept.get(reference) ?? 0) + amount - refunded);
  }
  return kept;
}

function apply(line: Line, charges: ChargeKept[], refunds: RefundKept[]): void {
  if (line.kind === 'charge') {
    const { kind: _, ...charge } = line;
    charges.push({ ...charge, refunded: 0 });
    return;
  }
  const at = charges.findIndex(({ id }) => id === line.chargeId);
  const charge = charges[at];
  if (!charge) throw new Error(`The books know no charge ${line.chargeId}.`);
  if (line.kind === 'settled') {
    charges[at] = { ...charge, status: line.status };
    return;
  }
  const { kind: _, ...refund } = line;
  refunds.push(refund);
  charges[at] = { ...charge, refunded: charge.refunded + line.amount };
}
