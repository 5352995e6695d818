import { after } from 'node:test';

import { createOperator, type Operator, type OperatorOptions } from '#kernel/http/operator';
import { readinessOf } from '#kernel/http/progress';
import { createLogger } from '#kernel/log';
import { createMetrics, type Metrics } from '#kernel/metrics';
import type {
  EventsOperator,
  InboxEntry,
  ProjectionsOperator,
  SagaEntry,
  SagasOperator,
  SchedulesOperator,
} from '#kernel/ports/operator';
import { type MovableClock, movableClock } from '#test/clock';
import { temporaryFolder } from '#test/temp-folder';

/** The work of one module, held in memory: the port that the operators' listener looks through. */
export type Module = {
  readonly entries: InboxEntry[];
  readonly sagaEntries: SagaEntry[];
  lag: Awaited<ReturnType<EventsOperator['lag']>>;
  storeIsDown: boolean;
  sinceLookMs: { outbox: number; inbox: number; sagas: number };
  /** What operators did, in order. */
  readonly done: string[];
  readonly projections: ProjectionsOperator;
  readonly schedules: SchedulesOperator;
  readonly events: EventsOperator;
  readonly sagas: SagasOperator;
};

export type OpenOperator = {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly token: string;
  readonly operator: Operator;
  readonly clock: MovableClock;
  readonly metrics: Metrics;
  readonly orders: Module;
  readonly notifications: Module;
  readonly logged: Record<string, unknown>[];
  fetch(path: string, init?: RequestInit & { token?: string }): Promise<Response>;
};

const token = 'an operator token of the tests, long enough';

type Changes = Partial<Pick<OperatorOptions, 'dataDir' | 'host' | 'endpoints' | 'limits'>>;

/** Opens an operators' listener for two modules. Closed when the test file ends. */
export async function openOperator(changes: Changes = {}): Promise<OpenOperator> {
  const { dataDir = temporaryFolder({ after }) } = changes;
  const [orders, notifications] = [module(), module()];
  const modules = new Map(Object.entries({ orders, notifications }));
  const clock = movableClock();
  const metrics = createMetrics();
  const logged: Record<string, unknown>[] = [];
  const operator = createOperator({
    ...changes,
    ...{ port: 0, bind: '127.0.0.1', dataDir, token, modules, metrics },
    readiness: readinessOf(modules, clock),
    log: createLogger('debug', { write: (line) => logged.push(JSON.parse(line)) }),
  });
  const { url, port } = await operator.listen();
  after(() => operator.drain({ deadlineMs: 500 }));
  return {
    ...{ url, port, dataDir, token, operator, clock, metrics, orders, notifications, logged },
    fetch: (path, { token: told = token, ...init } = {}) =>
      fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${told}`, 'content-type': 'application/json' },
      }),
  };
}

const dailyReport = {
  name: 'daily report',
  pattern: '0 6 * * * UTC',
  dueAt: '2026-11-24T06:00:00.000Z',
  doneAt: null,
};

function module(): Module {
  const one: Module = {
    entries: [],
    sagaEntries: [],
    lag: { outbox: { rows: 0, oldestMs: 0 }, inbox: { rows: 0, oldestMs: 0, parked: 0 } },
    storeIsDown: false,
    sinceLookMs: { outbox: 0, inbox: 0, sagas: 0 },
    done: [],
    events: {
      list: async ({ state, limit }) =>
        one.entries.filter((entry) => !state || entry.state === state).slice(0, limit),
      show: async (id) => one.entries.find(({ event }) => event.id === id),
      redrive: async (ids) => take(one, 'redrive', ids),
      discard: async (ids) => take(one, 'discard', ids),
      async lag() {
        if (one.storeIsDown) throw new Error('no store');
        return one.lag;
      },
      sinceLookMs: () => one.sinceLookMs,
    },
    sagas: {
      list: async ({ status, limit }) =>
        one.sagaEntries.filter((saga) => !status || saga.status === status).slice(0, limit),
      show: async (id) => one.sagaEntries.find((saga) => saga.id === id),
      resume: async (id) => end(one, id, `resume ${id}`),
      resolve: async (id, outcome, note) => end(one, id, `resolve ${id} ${outcome} ${note}`),
      sinceLookMs: () => one.sinceLookMs.sagas,
    },
    projections: {
      list: async () => [
        {
          name: 'sales',
          generation: 1,
          rebuilding: false,
          asOf: null,
          problem: null,
          positions: { orders: 7 },
        },
      ],
      async rebuild(name) {
        if (name !== 'sales') return false;
        one.done.push(`rebuild ${name}`);
        return true;
      },
    },
    schedules: { list: async () => [dailyReport] },
  };
  return one;
}

function take(one: Module, what: string, ids: readonly string[] | 'all'): number {
  const parked = one.entries.filter(({ state }) => state === 'parked');
  const meant = parked.filter(({ event }) => ids === 'all' || ids.includes(event.id));
  one.done.push(...meant.map(({ event }) => `${what} ${event.id}`));
  return meant.length;
}

function end(one: Module, id: string, what: string): boolean {
  const isManual = one.sagaEntries.some((saga) => saga.id === id && saga.status === 'manual');
  if (isManual) one.done.push(what);
  return isManual;
}

export function parkedEvent(id: string, changes: Partial<InboxEntry> = {}): InboxEntry {
  return {
    event: {
      specversion: '1.0',
      id,
      source: 'orders',
      type: 'orders.orderCompleted',
      subject: 'order-1',
      sequence: 3,
      time: '2026-01-31T12:00:00.000Z',
      datacontenttype: 'application/json',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      data: {},
    },
    state: 'parked',
    attempts: 10,
    nextAttemptAt: null,
    receivedAt: '2026-01-31T12:00:01.000Z',
    problem: { code: 'resting', title: 'The \u001b[31mmail server rests.' },
    ...changes,
  };
}

export function manualSaga(id: string, changes: Partial<SagaEntry> = {}): SagaEntry {
  return {
    id,
    name: 'orders.checkout',
    version: 1,
    status: 'manual',
    step: 'charge',
    attempts: 12,
    nextAttemptAt: null,
    startedAt: '2026-01-31T12:00:00.000Z',
    updatedAt: '2026-01-31T12:10:00.000Z',
    state: { orderId: id },
    problem: { code: 'provider_unreachable', title: 'The provider does not answer.' },
    steps: [
      {
        step: 'reserve',
        direction: 'forward',
        outcome: 'done',
        attempts: 1,
        at: '2026-01-31T12:00:01.000Z',
        problem: null,
      },
    ],
    ...changes,
  };
}
