import { pruneAnswers } from '../calls/command-keys.ts';
import { pruneSagas } from '../sagas/prune-sagas.ts';
import { every, type Recurring } from '../schedules/schedule.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Answers to commands outlive whatever repeats a command by itself. Who resumes a saga or redrives an
 * event later than this relies on what the command does with a repetition that it does not know.
 */
const answersKeptMs = 30 * dayMs;

/** Sagas outlive whatever may start them again: a redriven event or a repeated command. */
const sagasKeptMs = 30 * dayMs;

/** Rows a transaction: few enough that no command waits for a pruning. */
const batch = 500;

/** Keeps the kernel's own tables bounded. */
export function retention(): readonly Recurring[] {
  return [
    every(60_000, 'pruneAnswers', async (tx) => {
      const gone = await pruneAnswers(tx, tx.now - answersKeptMs, batch);
      return gone === batch ? 'again' : undefined;
    }),
    every(60_000, 'pruneSagas', async (tx) => {
      const gone = await pruneSagas(tx, tx.now - sagasKeptMs, batch);
      return gone === batch ? 'again' : undefined;
    }),
  ];
}
