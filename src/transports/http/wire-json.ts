import { ProtocolBroken } from './messages.ts';

/** JSON of a peer. Throws `ProtocolBroken` at what is none; of `__proto__` nothing is left. */
export function parsePeerJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return mayNamePrototype(text) ? withoutPrototypes(value) : value;
  } catch (error) {
    throw new ProtocolBroken('No JSON.', { cause: error });
  }
}

/** The messages of one frame. */
export function parseMessages(text: string): readonly (readonly unknown[])[] {
  const messages = parsePeerJson(text);
  if (!Array.isArray(messages) || !messages.every(Array.isArray)) {
    throw new ProtocolBroken('No messages.');
  }
  return messages;
}

/** The key can be spelled out or, in part, escaped. */
function mayNamePrototype(text: string): boolean {
  return text.includes('__proto__') || text.includes('\\u005');
}

/** `JSON.parse` makes the key an own field, which is harmless until somebody copies it by assigning. */
function withoutPrototypes(value: unknown): unknown {
  const open: unknown[] = [value];
  for (let one = open.pop(); one !== undefined || open.length > 0; one = open.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    if (Object.hasOwn(one, '__proto__')) Reflect.deleteProperty(one, '__proto__');
    for (const child of Object.values(one)) open.push(child);
  }
  return value;
}
