import type { User } from '../contract.ts';
import type { SigningKey } from '../store/signing-key-store.ts';

/** Makes what people prove themselves with. */
export type TokenMint = {
  /** A signed access token for a user, by the given key. */
  signAccess(key: SigningKey, user: Pick<User, 'id' | 'roles'>, now: number): Promise<string>;
  makeKeyPair(): Promise<Pick<SigningKey, 'keyId' | 'publicJwk' | 'privateJwk'>>;
  /** 256 random bits in base64url. */
  makeSecret(): string;
  /** What is kept of a secret: it needs no salt, for nobody can guess 256 bits. */
  hashSecret(secret: string): string;
  /** The code of a letter: the same for a letter always, and nobody's to guess without the key. */
  codeOf(key: string, letterId: string): string;
};
