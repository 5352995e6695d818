import { edgeFailures } from './edge-failures.ts';

/** Deeper than any honest body, and far from the depth at which a recursive reader would overflow. */
const deepestNesting = 64;

/** What a body may hold of named fields in all: explaining what is wrong with one costs 8 µs. */
const mostKeys = 10_000;

/**
 * Parses JSON that comes from outside, in time linear to its length. Throws `malformed_json` for
 * text that is no JSON, and for JSON that two readers could take for different values or that
 * would be altered on its way: a key that stands twice, `__proto__` and `constructor.prototype`,
 * a number that no double holds, text that no database holds, nesting beyond `deepestNesting`, more than
 * `mostKeys` keys.
 */
export function parseStrictJson(text: string): unknown {
  const value = parse(text);
  inspect(text);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // V8's own message quotes the body, which may hold a password.
    throw refused('It does not follow the grammar of JSON (RFC 8259).');
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;

/** An open object or array. */
type Frame = {
  /** The keys seen so far; undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** Inside the value of a key called `constructor`. */
  readonly ofConstructor: boolean;
  lastKey: string;
};

/** Walks over text that is known to be JSON, so it need not check what JSON.parse has checked. */
function inspect(text: string): void {
  const open: Frame[] = [];
  let top: Frame | undefined;
  let keyComes = false;
  let keys = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = endOfString(text, at);
      const value = stringAt(text, at, end);
      if (keyComes && top) addKey(top, value);
      if (keyComes) keys += 1;
      if (keys > mostKeys) throw refused(`It holds more than ${mostKeys} keys.`);
      keyComes = false;
      at = end;
    } else if (code === openBrace || code === openBracket) {
      if (open.length === deepestNesting) throw refused(`It nests deeper than ${deepestNesting}.`);
      keyComes = code === openBrace;
      const ofConstructor = top?.keys !== undefined && top.lastKey === 'constructor';
      top = { keys: keyComes ? new Set() : undefined, ofConstructor, lastKey: '' };
      open.push(top);
    } else if (code === closeBrace || code === closeBracket) {
      open.pop();
      top = open.at(-1);
      keyComes = false;
    } else if (code === comma) {
      keyComes = top?.keys !== undefined;
    } else if (startsNumber(code)) {
      at = checkNumber(text, at);
    }
    at += 1;
  }
}

/** The index of the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) return at;
    at += code === backslash ? 2 : 1;
  }
}

function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end);
  // Only an escape can make the characters that are refused: they can't stand in UTF-8 JSON as such.
  if (!raw.includes('\\')) return raw;
  const value = JSON.parse(text.slice(start, end + 1)) as string;
  if (value.includes('\0') || !value.isWellFormed()) {
    throw refused('A text holds NUL or half of a surrogate pair.');
  }
  return value;
}

function addKey(frame: Frame, key: string): void {
  const { keys, ofConstructor } = frame;
  if (key === '__proto__' || (ofConstructor && key === 'prototype')) {
    throw refused(`The key ${key} is not accepted here.`);
  }
  if (keys?.has(key)) throw refused(`The key ${shown(key)} stands twice in one object.`);
  keys?.add(key);
  frame.lastKey = key;
}

function startsNumber(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d;
}

/** Answers the index of the last character of the number. */
function checkNumber(text: string, start: number): number {
  let end = start + 1;
  let whole = true;
  for (; ; end += 1) {
    const code = text.charCodeAt(end);
    if (code >= 0x30 && code <= 0x39) continue;
    // Of what may follow a number, only these four belong to it: . e E + and the - of an exponent.
    if (code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== 0x2d) break;
    whole = false;
  }
  if (end - start > 15 || !whole) {
    const number = Number(text.slice(start, end));
    const held = whole ? Number.isSafeInteger(number) : Number.isFinite(number);
    if (!held) throw refused('A number is too large to be read exactly.');
  }
  return end - 1;
}

function shown(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
}

function refused(detail: string): Error {
  return edgeFailures.malformedJson({ detail });
}
