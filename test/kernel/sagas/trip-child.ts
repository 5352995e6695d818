import { openLedger } from './ledger.ts';
import { openOffice, type Place } from './trip-office.ts';
import { type Trip, tripSaga } from './trip-saga.ts';

/** What the process that a fault test ends is to do, as JSON in its first argument. */
export type ChildTask = {
  readonly place: Place;
  readonly ledger: string;
  /** Begun once the engine runs, or before. */
  readonly begin: readonly Trip[];
  readonly beginsBefore?: boolean;
  readonly leaseMs: number;
};

const task: ChildTask = JSON.parse(process.argv[2] as string);
const office = await openOffice({
  place: task.place,
  definitions: [tripSaga(openLedger(task.ledger))],
  pace: { leaseMs: task.leaseMs },
  onLog: (line) => process.stdout.write(line),
});
if (!task.beginsBefore) office.engine.start();
for (const trip of task.begin) await office.begin(trip);
office.engine.start();
process.stdout.write('{"msg":"begun"}\n');
