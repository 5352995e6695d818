import { digest } from '#kernel/digest';

/**
 * What a customer is called here. It tells one from another and nobody from whom: ids have too many
 * random bits to be guessed from it, and nothing here leads back to them.
 */
export function customerRef(userId: string): string {
  return digest(userId).slice(0, 32);
}
