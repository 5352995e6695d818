import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { ServiceBroker } from 'moleculer';

import { createContext, newTrace } from '#kernel/calls/context';
import { serveContract } from '#kernel/calls/served-contract';
import { defineContract, query } from '#kernel/contract';
import { createLogger } from '#kernel/log';
import type { Reader } from '#kernel/ports/store';
import type { Write } from '#kernel/ports/work';
import { Id, Type } from '#kernel/schema';
import { systemClock } from '#kernel/system-clock';

import { inProcessCalls } from '../../src/transports/in-process/calls.ts';
import type { Subject } from './measure.ts';

const Claim = Type.Object({
  orderId: Id,
  sku: Type.String({ minLength: 1, maxLength: 40 }),
  quantity: Type.Integer({ minimum: 1 }),
});

const desk = defineContract('desk', {
  calls: {
    left: query('Counts what is left.', {
      input: Claim,
      output: Type.Object({ left: Type.Integer() }),
    }),
  },
  events: {},
  errors: {},
});

const claim = { orderId: '018f1f9e-7a5c-7cc0-8000-000000000000', sku: 'mug-blue', quantity: 2 };
const countLeft = async ({ quantity }: typeof claim) => ({ left: 10 - quantity });

/** One validated local call each: ours, Moleculer's, and a plain function behind ajv. */
export async function localCallSubjects(): Promise<readonly Subject[]> {
  return [seamline(), await moleculer(), plainWithAjv(), plain()];
}

function seamline(): Subject {
  const log = createLogger('silent');
  // A query that reads nothing: the call itself is measured, not a database.
  const ground = { reader: {} as Reader, write: {} as Write, clock: systemClock, log };
  const handlers = { left: (_read: Reader, input: typeof claim) => countLeft(input) };
  const transport = inProcessCalls();
  transport.serve(serveContract(desk, handlers, ground, { allows: () => true }, undefined));
  const invoke = transport.connect('bench', 'desk', 'left');
  const ctx = createContext({
    caller: 'edge',
    actor: { kind: 'user', id: claim.orderId, roles: ['customer'] },
    key: 'bench',
    trace: newTrace(),
    deadline: systemClock.now() + 3_600_000,
    clock: systemClock,
    log,
    gone: undefined,
  });
  return {
    name: 'seamline local call',
    async run(times) {
      for (let i = 0; i < times; i += 1) await invoke(ctx, claim);
    },
  };
}

async function moleculer(): Promise<Subject> {
  const broker = new ServiceBroker({ logger: false, nodeID: 'bench' });
  broker.createService({
    name: 'desk',
    actions: {
      left: {
        params: {
          orderId: 'uuid',
          sku: { type: 'string', min: 1, max: 40 },
          quantity: { type: 'number', integer: true, min: 1 },
        },
        handler: (ctx: { params: typeof claim }) => countLeft(ctx.params),
      },
    },
  });
  await broker.start();
  return {
    name: 'moleculer local call, validated',
    async run(times) {
      for (let i = 0; i < times; i += 1) await broker.call('desk.left', claim);
    },
  };
}

function plainWithAjv(): Subject {
  const ajv = new Ajv();
  addFormats.default(ajv);
  const check = ajv.compile(JSON.parse(JSON.stringify(Claim)));
  const call = async (input: typeof claim) => {
    if (!check(input)) throw new Error('invalid');
    return await countLeft(input);
  };
  return {
    name: 'plain async function with ajv',
    async run(times) {
      for (let i = 0; i < times; i += 1) await call(claim);
    },
  };
}

function plain(): Subject {
  return {
    name: 'plain async function',
    async run(times) {
      for (let i = 0; i < times; i += 1) await countLeft(claim);
    },
  };
}
