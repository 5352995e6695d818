import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { KeyTimes } from '../domain/keyring.ts';

/** A key pair as JSON Web Keys. */
export type SigningKey = KeyTimes & {
  readonly keyId: string;
  readonly publicJwk: Readonly<Record<string, unknown>>;
  readonly privateJwk: Readonly<Record<string, unknown>>;
};

type Row = {
  generation: number;
  key_id: string;
  public_jwk: string;
  private_jwk: string;
  created_at: number;
  signs_from: number;
};

export async function listSigningKeys({ sql }: Reader): Promise<SigningKey[]> {
  const rows = await sql<Row>`select * from signing_keys order by generation`;
  return rows.map((row) => ({
    generation: row.generation,
    keyId: row.key_id,
    publicJwk: JSON.parse(row.public_jwk) as Record<string, unknown>,
    privateJwk: JSON.parse(row.private_jwk) as Record<string, unknown>,
    createdAt: row.created_at,
    signsFrom: row.signs_from,
  }));
}

/** Changes nothing when another instance has made this generation first. */
export async function addSigningKey({ sql }: Tx, key: SigningKey): Promise<void> {
  const { generation, keyId, createdAt, signsFrom } = key;
  const publicJwk = JSON.stringify(key.publicJwk);
  const privateJwk = JSON.stringify(key.privateJwk);
  await sql`
    insert into signing_keys
      (generation, key_id, public_jwk, private_jwk, created_at, signs_from)
    values (${generation}, ${keyId}, ${publicJwk}, ${privateJwk}, ${createdAt}, ${signsFrom})
    on conflict do nothing`;
}

export async function removeSigningKey({ sql }: Tx, generation: number): Promise<void> {
  await sql`delete from signing_keys where generation = ${generation}`;
}
