import type { Charge } from './provider.ts';

/** A webhook as it arrived: any header may be missing. */
export type SignedText = {
  readonly id?: string | undefined;
  /** Seconds since the epoch, as text. */
  readonly timestamp?: string | undefined;
  /** A list of signatures, separated by spaces. */
  readonly signature?: string | undefined;
  /** The body, byte for byte. */
  readonly body: string;
};

/** A charge whose outcome the provider tells of. */
export type ToldCharge = {
  readonly charge: Charge;
  readonly amount: number;
  /** Missing where the provider leaves it to the reference. */
  readonly currency?: string | undefined;
};

/** What a provider tells without being asked. */
export type Tidings =
  /** Something about the charge of a payment; without `told` only that it is worth asking now. */
  | { readonly kind: 'charge'; readonly reference: string; readonly told: ToldCharge | undefined }
  | { readonly kind: 'refund'; readonly chargeId: string }
  /** Something that does not concern us. */
  | { readonly kind: 'other' };

/** How a provider's webhooks are told from anybody else's, and read. */
export type Webhooks = {
  /** The name at the end of their path: `http`. `undefined`: this provider sends none. */
  readonly provider: string | undefined;
  /** Whether it was the provider who said this, within the last minutes. */
  isGenuine(webhook: SignedText): boolean;
  /** `undefined` for a body that is no webhook of this provider. */
  read(body: string): Tidings | undefined;
};

/** Of a provider that answers everything at once. */
export const noWebhooks: Webhooks = {
  provider: undefined,
  isGenuine: () => false,
  read: () => undefined,
};
