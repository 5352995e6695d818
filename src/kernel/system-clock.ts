import { v7 } from 'uuid';

import type { Clock } from './ports/clock.ts';
import type { Ids } from './ports/ids.ts';

export const systemClock: Clock = { now: Date.now };

/** UUIDv7 (RFC 9562), rising within this process even in one millisecond. */
export const systemIds: Ids = { next: () => v7() };
