const dayMs = 24 * 3_600_000;

/** A client may tell late, when it has been offline; and its clock may be a little fast. */
const latestMs = 5 * 60_000;
const oldestMs = 7 * dayMs;

/**
 * When something happened, as far as a client can be believed: else it is now, as for a leap second,
 * which our clocks can't tell (`Date.parse` answers NaN).
 */
export function visitTime(told: string | undefined, now: number): number {
  const at = told === undefined ? now : Date.parse(told);
  return at <= now + latestMs && at >= now - oldestMs ? at : now;
}
