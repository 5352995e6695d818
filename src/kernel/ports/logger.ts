type Log = (facts: object, message: string) => void;

/** Structured log lines: facts first, then a constant sentence. Tokens and passwords never go in. */
export type Logger = {
  readonly trace: Log;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  child(facts: object): Logger;
  isLevelEnabled(level: 'debug'): boolean;
};
