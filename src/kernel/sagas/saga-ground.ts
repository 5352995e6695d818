import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import type { AnySaga } from './saga-course.ts';
import type { SagaKey } from './saga-rows.ts';

export type SagaGround = {
  /** The module that owns the sagas. */
  readonly module: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
  /** Several versions of one name may stand here: each saga ends on the one that it began with. */
  readonly definitions: readonly AnySaga[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Names this start of this process in leases: no other may have the same. */
  readonly instance: string;
  /** Told of every saga that waits for a person, at least once by this process. */
  readonly onManual?: (saga: SagaKey) => void;
  readonly pace?: Partial<Pace>;
  /** Records a span for each try of a step. */
  readonly telemetry?: Telemetry | undefined;
};

export type Pace = {
  /**
   * How long a saga is safe from others without a sign of life: what a crash of one of several
   * instances delays it by, and what an instance may stand still for without losing its sagas.
   */
  readonly leaseMs: number;
  /** Between two looks at the rows, on average; whatever is written here is looked at once. */
  readonly pollMs: number;
  /** Sagas that run at once. */
  readonly concurrency: number;
};
