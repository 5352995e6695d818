import type { Clock } from '#kernel/ports/clock';

/** The system's clock, and as far ahead of it as a test has moved it. */
export type MovableClock = Clock & { advance(ms: number): void };

export function movableClock(): MovableClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(ms) {
      ahead += ms;
    },
  };
}
