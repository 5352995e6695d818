import { sign, verify } from 'node:crypto';

import type { SigningKey } from './service-keys.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** A sealed text taken apart; nothing of it is proven yet. */
export type SealedText = {
  readonly kid: string;
  readonly signature: Buffer;
  readonly text: string;
};

/** What is signed begins like no token does, so that neither can be passed off as the other. */
const statementOf = (source: string, text: string) =>
  Buffer.from(`seamline-seal-1:${source.length}:${source}:${text}`);

/** `s1.KEY.SIGNATURE.TEXT`, on one line when the text is. */
export function sealText(source: string, text: string, { kid, privateKey }: SigningKey): string {
  const signature = sign(null, statementOf(source, text), privateKey);
  return `s1.${kid}.${signature.toString('base64url')}.${text}`;
}

const head = /^s1\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})\./;

export function readSealed(sealed: string): SealedText | undefined {
  const [whole, kid = '', signature = ''] = head.exec(sealed) ?? [];
  if (whole === undefined) return undefined;
  return { kid, signature: Buffer.from(signature, 'base64url'), text: sealed.slice(whole.length) };
}

export type SealRefusal =
  | 'malformed'
  | 'unknown_key'
  | 'retired_key'
  | 'wrong_source'
  | 'wrong_signature';

export function sealProblem(
  { signature, text }: SealedText,
  source: string,
  key: TrustedKey | undefined,
  nowMs: number,
): SealRefusal | undefined {
  if (!key) return 'unknown_key';
  if (key.until <= nowMs) return 'retired_key';
  if (!key.modules.has(source)) return 'wrong_source';
  const good = verify(null, statementOf(source, text), key.publicKey, signature);
  return good ? undefined : 'wrong_signature';
}
