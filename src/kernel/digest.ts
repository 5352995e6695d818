import { createHash } from 'node:crypto';

/** SHA-256 in hexadecimal: what stands for a text or for bytes, and leads back to neither. */
export function digest(of: string | Uint8Array): string {
  return createHash('sha256').update(of).digest('hex');
}
