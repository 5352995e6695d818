/** One environment variable: how it is read, what it is without, and what to tell who got it wrong. */
export type Setting<T> = {
  /** Reads the text; throws an `Error` whose message says what was expected. */
  readonly parse: (text: string) => T;
  readonly fallback: T;
  readonly example: string;
  readonly meaning: string;
  /** Never printed, not even when it is wrong. */
  readonly secret?: boolean;
};

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type SettingsOf<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

type About<T> = { fallback: T; example: string; meaning: string; secret?: boolean };

export function text<T extends string | undefined>(about: About<T>): Setting<string | T> {
  return { ...about, parse: (value) => value };
}

export function choice<const Words extends readonly string[]>(
  words: Words,
  about: About<Words[number]>,
): Setting<Words[number]> {
  return {
    ...about,
    parse: (value) => {
      if (!words.includes(value)) throw new Error(`must be one of ${words.join(', ')}`);
      return value;
    },
  };
}

export function wholeNumber<T extends number | undefined>(
  range: { min: number; max: number },
  about: About<T>,
): Setting<number | T> {
  return {
    ...about,
    parse: (value) => {
      const number = Number(value);
      const fits = /^\d+$/.test(value) && number >= range.min && number <= range.max;
      if (!fits) throw new Error(`must be a whole number from ${range.min} to ${range.max}`);
      return number;
    },
  };
}

/** A URL of one of the given protocols, such as `['postgres:', 'postgresql:']`. */
export function url<T extends URL | undefined>(
  protocols: readonly string[],
  about: About<T>,
): Setting<URL | T> {
  return {
    ...about,
    parse: (value) => {
      const parsed = URL.canParse(value) ? new URL(value) : undefined;
      if (!parsed || !protocols.includes(parsed.protocol)) {
        throw new Error(`must be a URL that starts with ${protocols.join('// or ')}//`);
      }
      if (!isDecodable(parsed.username) || !isDecodable(parsed.password)) {
        throw new Error('must have its user and password percent-encoded: a % in them as %25');
      }
      return parsed;
    },
  };
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

export function list(about: About<readonly string[]>): Setting<readonly string[]> {
  return {
    ...about,
    parse: (value) =>
      value
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
  };
}

export function flag<T extends boolean | undefined>(about: About<T>): Setting<boolean | T> {
  return {
    ...about,
    parse: (value) => {
      if (value !== '0' && value !== '1') throw new Error('must be 0 or 1');
      return value === '1';
    },
  };
}
