export type Tokens = { readonly accessToken: string; readonly refreshToken: string };

/** Who is logged in, in memory only: keep `tokens()` yourself to stay logged in longer. */
export type Session = {
  tokens(): Tokens | undefined;
  /** Uses tokens that were kept, or forgets them. */
  use(tokens: Tokens | undefined): void;
  /** Renews for everybody who waits, once: a refresh token is good for one change. */
  renewOnce(renew: (tokens: Tokens) => Promise<Tokens | undefined>): Promise<boolean>;
};

export function createSession(onTokens?: (tokens: Tokens | undefined) => void): Session {
  let tokens: Tokens | undefined;
  let renewing: Promise<boolean> | undefined;
  const use = (next: Tokens | undefined) => {
    tokens = next;
    onTokens?.(next);
  };
  return {
    tokens: () => tokens,
    use,
    renewOnce(renew) {
      if (!tokens) return Promise.resolve(false);
      const begun = tokens;
      renewing ??= renew(begun)
        .then((next) => {
          // Who has logged out meanwhile, or in as somebody else, stays so.
          if (tokens !== begun) return false;
          use(next);
          return next !== undefined;
        })
        .finally(() => {
          renewing = undefined;
        });
      return renewing;
    },
  };
}

export function tokensOf({ accessToken, refreshToken }: Tokens): Tokens {
  return { accessToken, refreshToken };
}
