import { fileURLToPath } from 'node:url';

import type { Setting, Settings } from '../config/settings.ts';
import { parseSigningKey, type SigningKey } from './service-keys.ts';
import { parseTrustedKeys, type TrustedKey } from './trusted-keys.ts';

/** Something that was given as it is, or by the file that it lies in. */
export type Given<T> = { readonly value: T } | { readonly file: string };

/** How hosts prove themselves to each other. Both are set, or neither. */
export const trustSettings = {
  SERVICE_KEY: {
    parse: given<SigningKey>(parseSigningKey),
    fallback: undefined,
    example: 'file:/run/secrets/service-key',
    meaning:
      'the Ed25519 private key of this host, or the file that it lies in; made up on one machine without',
    secret: true,
  } as Setting<Given<SigningKey> | undefined>,
  SERVICE_TRUST: {
    parse: given<readonly TrustedKey[]>(parseTrustedKeys),
    fallback: undefined,
    example: 'file:/etc/seamline/trust.json',
    meaning:
      'whom this host trusts: a JSON list of {host, modules, key, until}, or the file that it lies in',
  } as Setting<Given<readonly TrustedKey[]> | undefined>,
} satisfies Settings;

function given<T>(parse: (text: string) => T): (text: string) => Given<T> {
  return (text) => {
    if (!text.startsWith('file:')) return { value: parse(text) };
    if (!text.startsWith('file:/')) throw new Error('must name its file from the root');
    return { file: fileURLToPath(text) };
  };
}
