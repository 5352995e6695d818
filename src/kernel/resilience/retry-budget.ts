/**
 * What bounds retries over all calls to one module, however many callers there are: each answer earns
 * a share of a retry, each retry costs one, and what is not used does not pile up without end.
 */
export class RetryBudget {
  readonly #most: number;
  readonly #earned: number;
  /** In thousandths of a retry: fractions that add up. */
  #left: number;

  constructor({ retryBurst, retryShare }: { retryBurst: number; retryShare: number }) {
    this.#most = retryBurst * thousandths;
    this.#earned = Math.round(retryShare * thousandths);
    this.#left = this.#most;
  }

  get left(): number {
    return Math.floor(this.#left / thousandths);
  }

  earn(): void {
    if (this.#left < this.#most) this.#left = Math.min(this.#most, this.#left + this.#earned);
  }

  /** False when there is none left. */
  spend(): boolean {
    if (this.#left < thousandths) return false;
    this.#left -= thousandths;
    return true;
  }
}

const thousandths = 1_000;
