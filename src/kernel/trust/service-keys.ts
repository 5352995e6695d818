import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';

/** The Ed25519 key that a host signs with, and the name (`kid`) that others find its public half by. */
export type SigningKey = {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

/** What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410). */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const base64urlOf32Bytes = /^[A-Za-z0-9_-]{43}$/;

export function makeSigningKey(): SigningKey {
  return signingKey(generateKeyPairSync('ed25519').privateKey);
}

/**
 * Reads a private key: its 32-byte seed in base64url, or PKCS #8 in PEM.
 * Throws an `Error` that says what was expected, and nothing of what was there.
 */
export function parseSigningKey(text: string): SigningKey {
  const trimmed = text.trim();
  if (base64urlOf32Bytes.test(trimmed)) {
    const key = Buffer.concat([seedPrefix, Buffer.from(trimmed, 'base64url')]);
    return signingKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  }
  const key = readPem(trimmed);
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new Error('must be an Ed25519 private key: its 32-byte seed in base64url, or a PEM');
  }
  return signingKey(key);
}

function readPem(text: string): KeyObject | undefined {
  try {
    return createPrivateKey(text);
  } catch {
    return undefined;
  }
}

/** The seed of a key in base64url, as it is kept in a file. */
export function seedOf({ privateKey }: SigningKey): string {
  return String(privateKey.export({ format: 'jwk' }).d);
}

/** The 32 bytes of a public key in base64url. */
export function publicTextOf({ publicKey }: SigningKey): string {
  return String(publicKey.export({ format: 'jwk' }).x);
}

export function parsePublicKey(x: string): { readonly kid: string; readonly publicKey: KeyObject } {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x };
  return { kid: thumbprint(x), publicKey: createPublicKey({ key: jwk, format: 'jwk' }) };
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const kid = thumbprint(String(publicKey.export({ format: 'jwk' }).x));
  return { kid, privateKey, publicKey };
}

/** RFC 7638, so that a key is called the same by everyone who has it. */
function thumbprint(x: string): string {
  const canonical = `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`;
  return createHash('sha256').update(canonical).digest('base64url');
}
