import { hash } from 'node:crypto';

import type { Canonical } from './canonical.ts';

export type Digest = {
  readonly rows: number;
  /** 64 hexadecimal digits. The same for the same rows, in whatever order they were read. */
  readonly checksum: string;
};

const mask = (1n << 256n) - 1n;

/** Adds up a table, row by row: the sum of the rows' SHA-256. A row that is there twice counts twice. */
export class TableDigest {
  #rows = 0;
  #sum = 0n;

  add(row: readonly Canonical[]): void {
    this.#rows += 1;
    this.#sum = (this.#sum + BigInt(`0x${hash('sha256', row.map(piece).join(''), 'hex')}`)) & mask;
  }

  end(): Digest {
    return { rows: this.#rows, checksum: this.#sum.toString(16).padStart(64, '0') };
  }
}

/** With its length before it, so that no two rows are written alike; null is not the empty text. */
function piece(value: Canonical): string {
  return value === null ? '~' : `${value.length}:${value}`;
}
