/** How the values of a column are read on both sides, and written down alike for comparing. */
export type Kind = 'text' | 'integer' | 'boolean' | 'bytes' | 'real' | 'numeric';

export type Column = {
  readonly name: string;
  readonly kind: Kind;
  /** What numbers its rows by itself, which has to go on behind the last number that was copied. */
  readonly sequence: string | undefined;
};

export type Table = { readonly name: string; readonly columns: readonly Column[] };

/** Names come from the databases' own catalogues; quoted, any name is only a name. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function columnList({ columns }: Table): string {
  return columns.map(({ name }) => quoted(name)).join(', ');
}
