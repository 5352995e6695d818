import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Closes texts so that only who has the same secrets opens them. */
export type Seal = {
  close(text: string): string;
  /** Undefined when the text was closed with other secrets. */
  open(closed: string): string | undefined;
};

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM under a key that HKDF (RFC 5869) makes of the secrets and that is kept nowhere. */
export function sealFor(secrets: readonly string[]): Seal {
  const key = Buffer.from(hkdfSync('sha256', JSON.stringify(secrets), '', 'seamline answer', 32));
  return {
    close(text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce);
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url');
    },

    open(closed) {
      const bytes = Buffer.from(closed, 'base64url');
      const nonce = bytes.subarray(0, nonceBytes);
      const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        return (
          decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') +
          decipher.final('utf8')
        );
      } catch {
        // The tag does not fit: other secrets closed it.
        return undefined;
      }
    },
  };
}

/** The name under which a sealed answer is found again; the key itself would open it by guessing. */
export function hashOfKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
