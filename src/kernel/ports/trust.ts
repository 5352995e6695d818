/** Another host, as its token has proven it. */
export type Peer = {
  readonly host: string;
  /** The modules that it may speak for. */
  readonly modules: ReadonlySet<string>;
  /** Milliseconds since the epoch: after that it has to prove itself again. */
  readonly until: number;
};

export type ServiceToken = {
  /** An Ed25519 JWT; at most a minute from being made to its end. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
};

export type Expected = {
  /** The audiences that are ours: the modules of this host, or `greeting` for the proof of a server. */
  readonly audience: readonly string[];
  /** On a connection: the nonce that this host gave to the other end. Without, a token with a nonce is refused. */
  readonly nonce?: string;
};

/** Proves to other hosts who runs here, and finds out who asks. */
export type Trust = {
  /** A token for one audience; with a nonce, good on that one connection only. Cached while it lasts. */
  prove(audience: string, nonce?: string): ServiceToken;
  /** Throws a failure of kind `unauthenticated`, the same for whatever is wrong; the reason is audited. */
  verify(token: string, expected: Expected): Peer;
  /** Signs a text that passes through somebody else's hands (a broker), for `source`. */
  seal(source: string, text: string): string;
  /** The text again, or undefined when it is not what the host of `source` has signed. */
  unseal(source: string, sealed: string): string | undefined;
};

/** Whether the module `caller` may make the call, by the manifests. Refusals are audited. */
export type MayCall = (caller: string, contract: string, call: string) => boolean;
