import type { Logger } from '../ports/logger.ts';
import type { Reader } from '../ports/store.ts';
import { takeCensus } from './saga-census.ts';
import type { Definitions } from './saga-definitions.ts';
import type { Saga, SagaKey } from './saga-rows.ts';

type Parked = Pick<Saga, 'id' | 'name' | 'step' | 'problem' | 'epoch'>;

/** Says once in this process what no loop can mend, also what happened in processes before it. */
export class SagaAlarms {
  readonly #log: Logger;
  readonly #onManual: ((saga: SagaKey) => void) | undefined;
  readonly #said = new Set<string>();

  constructor(log: Logger, onManual: ((saga: SagaKey) => void) | undefined) {
    this.#log = log;
    this.#onManual = onManual;
  }

  /** A saga waits for a person. Parked again after it was resumed, it is news again. */
  raise({ name, id, step, problem, epoch }: Parked): void {
    if (!this.#isNews(`manual ${name} ${id} ${epoch}`)) return;
    this.#log.error({ saga: name, id, step, problem }, 'a saga needs a person');
    this.#onManual?.({ id, name });
  }

  async look(reader: Reader, definitions: Definitions): Promise<void> {
    const { manual, unknown } = await takeCensus(reader, definitions);
    for (const saga of manual) this.raise(saga);
    for (const { name, version } of unknown) {
      if (!this.#isNews(`unknown ${name}@${version}`)) continue;
      this.#log.warn({ saga: name, version }, 'sagas of an unknown version are left alone');
    }
  }

  #isNews(words: string): boolean {
    if (this.#said.has(words)) return false;
    this.#said.add(words);
    return true;
  }
}
