import type pg from 'pg';

import { type ErrorMeaning, meaningOf } from './postgres-errors.ts';
import type { BoundStatement } from './sql.ts';
import { storeUnavailable } from './store-failures.ts';

/** Prepared statements have new names after a migration changed what an old one answers. */
export class PreparedNames {
  #generation = 0;

  of(name: string | undefined): string | undefined {
    return name === undefined ? undefined : `${name}_${this.#generation}`;
  }

  renew(): void {
    this.#generation += 1;
  }
}

export type Query = Omit<BoundStatement, 'name'> & {
  readonly name?: string | undefined;
  readonly types?: pg.CustomTypesConfig;
};

/** One connection for the time of one transaction: its statements run one after another. */
export class PostgresSession {
  readonly #client: pg.ClientBase;
  readonly #names: PreparedNames;
  #last: Promise<unknown> = Promise.resolve();
  /** The worst that happened to a statement here, whatever the work made of it. */
  trouble: { readonly meaning: ErrorMeaning; readonly error: unknown } | undefined;

  constructor(client: pg.ClientBase, names: PreparedNames) {
    this.#client = client;
    this.#names = names;
  }

  /** Runs `check`, then the statement, when those before it have ended. Throws what it met. */
  query(check: () => void, query: Query): Promise<pg.QueryResult> {
    const turn = this.#last.then(() => {
      check();
      return this.#run(query);
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when the statements asked for so far have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #run({ text, name, params, types }: Query): Promise<pg.QueryResult> {
    try {
      return await this.#client.query({
        text,
        values: params as unknown[],
        ...(name === undefined ? {} : { name: this.#names.of(name) as string }),
        ...(types === undefined ? {} : { types }),
      });
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning !== 'statement') this.trouble ??= { meaning, error };
      throw meaning === 'unavailable' ? storeUnavailable(error) : error;
    }
  }
}
