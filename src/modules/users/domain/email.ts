import { emailShape, users } from '../contract.ts';

const pattern = new RegExp(emailShape.pattern, 'u');

/**
 * One spelling for each address: compatibility forms are unified (NFKC), then letters lowered.
 * Throws `invalidEmail` when what remains is no address, or has grown beyond 254 characters.
 */
export function normaliseEmail(typed: string): string {
  const email = unify(typed);
  if (email.length > emailShape.maxLength || !pattern.test(email))
    throw users.errors.invalidEmail();
  return email;
}

/** As `normaliseEmail` for what is typed at a login, where a wrong shape is only an unknown account. */
export function unify(typed: string): string {
  return typed.normalize('NFKC').toLowerCase();
}
