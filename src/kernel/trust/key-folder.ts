import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { keptSecret } from '../config/secret-file.ts';
import type { Logger } from '../ports/logger.ts';
import { type Kept, kept, stampOf } from './kept.ts';
import {
  makeSigningKey,
  parseSigningKey,
  publicTextOf,
  type SigningKey,
  seedOf,
} from './service-keys.ts';
import { parseTrustedKeys, type TrustedKey } from './trusted-keys.ts';

const folderName = 'service-keys';
const publicEnding = '.pub';

type Self = { readonly host: string; readonly modules: readonly string[] };

/**
 * The made-up keys of hosts that share a data folder, which only their user can open. A host finds
 * its own key there, or makes it, and leaves its public half for the others beside it.
 */
export function openKeyFolder(
  dataDir: string,
  { host, modules }: Self,
  log: Logger,
): { readonly own: SigningKey; readonly others: Kept<readonly TrustedKey[]> } {
  const folder = join(dataDir, folderName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = join(folder, `${host}.key`);
  const own = parseSigningKey(keptSecret(file, () => seedOf(makeSigningKey())));
  const card = JSON.stringify([{ host, modules, key: publicTextOf(own) }]);
  publish(join(folder, `${host}${publicEnding}`), `${card}\n`);
  const others = kept({
    stamp: () => cardsIn(folder).map(stampOf).join(),
    read: () => cardsIn(folder).flatMap((card) => readCard(card, log)),
    log,
    what: folder,
  });
  return { own, others };
}

/** Whole or not at all: others read it at any time. */
function publish(file: string, text: string): void {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}

function cardsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(publicEnding))
    .sort()
    .map((name) => join(folder, name));
}

/** One card that is spoilt costs its own host the trust of the others, and no other. */
function readCard(file: string, log: Logger): readonly TrustedKey[] {
  try {
    return parseTrustedKeys(readFileSync(file, 'utf8'));
  } catch (error) {
    log.error({ err: error, file }, 'a public key can not be read');
    return [];
  }
}
