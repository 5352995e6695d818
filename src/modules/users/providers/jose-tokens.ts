import { createHash, createHmac, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

import type { Ids } from '#kernel/ports/ids';

import type { TokenMint } from '../application/tokens.ts';
import { accessTokens } from '../contract.ts';
import type { SigningKey } from '../store/signing-key-store.ts';

const { algorithm, audience, issuer, lifetimeSeconds, type } = accessTokens;

type PrivateKey = Awaited<ReturnType<typeof importJWK>>;

/** Ed25519 signatures (RFC 8037) on access tokens of RFC 9068; secrets from the system's randomness. */
export function joseTokens(ids: Ids): TokenMint {
  let last: { readonly keyId: string; readonly key: PrivateKey } | undefined;
  const imported = async ({ keyId, privateJwk }: SigningKey) => {
    if (last?.keyId !== keyId) last = { keyId, key: await importJWK(privateJwk as JWK, algorithm) };
    return last.key;
  };
  return {
    async signAccess(key, { id, roles }, now) {
      const issuedAt = Math.floor(now / 1000);
      return await new SignJWT({ roles: [...roles] })
        .setProtectedHeader({ alg: algorithm, typ: type, kid: key.keyId })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(id)
        .setJti(ids.next())
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .sign(await imported(key));
    },

    async makeKeyPair() {
      const pair = await generateKeyPair(algorithm, { extractable: true });
      const keyId = ids.next();
      const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: keyId };
      return {
        keyId,
        publicJwk: { ...publicJwk, alg: algorithm, use: 'sig' },
        privateJwk: { ...(await exportJWK(pair.privateKey)) },
      };
    },

    makeSecret: () => randomBytes(32).toString('base64url'),
    hashSecret: (secret) => createHash('sha256').update(secret).digest('base64url'),
    codeOf: (key, letterId) => createHmac('sha256', key).update(letterId).digest('base64url'),
  };
}
