/** What becomes of a value on its way to another process and back: a deep, frozen copy. */
export function asOverTheWire(value: unknown): unknown {
  return value === undefined ? undefined : frozen(JSON.parse(JSON.stringify(value)));
}

function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}
