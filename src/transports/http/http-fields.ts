/** A name of token characters, a colon, a value without control characters, a line end (RFC 9110, 5.5). */
const fieldLine = /([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;

type Field = {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  /** Where the next one begins. */
  readonly end: number;
};

/** The header that begins there; undefined when two readers could read it differently. */
export function readFieldAt(head: string, at: number): Field | undefined {
  fieldLine.lastIndex = at;
  const [, name, value] = fieldLine.exec(head) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name: name.toLowerCase(), value: value.trimEnd(), end: fieldLine.lastIndex };
}
