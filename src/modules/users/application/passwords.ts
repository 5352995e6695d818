/** What came of comparing a password with a stored hash; `weak` is right, with a hash to be made anew. */
export type Comparison = 'wrong' | 'right' | 'weak';

/**
 * Slow, deliberately: both take tens of milliseconds and much memory, so few run at once and few
 * may wait. Both throw `tooManyLogins` when the queue is full.
 */
export type Passwords = {
  hash(password: string, signal: AbortSignal): Promise<string>;
  /** With no hash (there is no such account) the same work is done, and the answer is `wrong`. */
  compare(stored: string | undefined, password: string, signal: AbortSignal): Promise<Comparison>;
};
