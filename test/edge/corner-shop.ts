import { command, defineContract, download, event, query, stream, upload } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { part, type RouteRequest, route } from '#kernel/http/route';
import { FileHead, Id, Type } from '#kernel/schema';

const Thing = Type.Object({
  thingId: Id,
  name: Type.String({ minLength: 1, maxLength: 40 }),
  quantity: Type.Integer({ minimum: 1 }),
});

/** A contract of the edge's tests alone: one call for each thing that an edge has to do. */
export const corner = defineContract('corner', {
  calls: {
    getThing: query('Shows a thing.', {
      input: Type.Object({
        thingId: Id,
        deep: Type.Optional(Type.Boolean()),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        tags: Type.Optional(Type.Array(Type.String())),
        mark: Type.Optional(Type.String()),
      }),
      output: Thing,
    }),
    makeThing: command('Makes a thing.', {
      input: Type.Object({
        name: Type.String({ minLength: 1, maxLength: 40 }),
        quantity: Type.Integer({ minimum: 1 }),
        size: Type.Optional(Type.Object({ cm: Type.Number() })),
        owner: Type.Optional(Type.String()),
      }),
      output: Thing,
    }),
    changeThing: command('Changes a thing.', {
      input: Type.Object({ thingId: Id, name: Type.String() }),
      output: Thing,
    }),
    awaitThing: query('Waits for a thing.', {
      input: Type.Object({ thingId: Id }),
      output: Thing,
    }),
    hearPartner: command('Hears from a partner.', {
      input: Type.Object({ body: Type.String(), signature: Type.Optional(Type.String()) }),
      output: Type.Object({}),
    }),
    watchThing: stream('Tells what becomes of a thing.', {
      input: Type.Object({ thingId: Id, after: Type.Optional(Type.Integer({ minimum: 0 })) }),
      output: Type.Object({ id: Type.Integer(), state: Type.String() }),
    }),
    keepFile: upload('Keeps a file.', {
      input: Type.Object({
        title: Type.Optional(Type.String({ maxLength: 20 })),
        copies: Type.Optional(Type.Integer()),
        sentName: Type.Optional(Type.String()),
        sentType: Type.Optional(Type.String()),
      }),
      output: Type.Object({ bytes: Type.Integer() }),
    }),
    showFile: download('Shows a file.', {
      input: Type.Object({ known: Type.Optional(Type.String()) }),
      output: FileHead,
    }),
    exportMine: stream('Everything kept about me.', {
      input: Type.Object({ userId: Type.String() }),
      output: Type.Object({ kind: Type.String() }),
    }),
  },
  events: {
    thingMade: event('A thing was made.', {
      subject: 'thingId',
      data: Type.Object({ thingId: Type.String(), name: Type.String() }),
    }),
  },
  errors: {
    soldOut: failure('conflict', 'There are no more of it.', Type.Object({ left: Type.Integer() })),
    unknownThing: failure('not_found', 'There is no such thing.'),
    resting: failure(
      'unavailable',
      'The thing rests.',
      Type.Object({ retryAfter: Type.Integer() }),
    ),
  },
});

/** A neighbour that gives its part of an answer. */
export const kiosk = defineContract('kiosk', {
  calls: { exportMine: corner.calls.exportMine },
  events: {},
  errors: {},
});

const { calls } = corner;
const me = {
  access: 'user' as const,
  from: { userId: ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined) },
};

/** Bytes that a file of the corner shop holds at most. */
export const largestFile = 100_000;

export const cornerRoutes = [
  route('GET /api/things/:thingId', calls.getThing, {
    access: 'anyone',
    from: { mark: (request) => request.header('x-mark') },
  }),
  route('POST /api/things', calls.makeThing, {
    access: 'user',
    status: 201,
    from: { owner: ({ actor }) => (actor.kind === 'user' ? actor.id : undefined) },
    reply: ({ thingId }) => ({ headers: { location: `/api/things/${thingId}` } }),
  }),
  route('POST /api/free-things', calls.makeThing, { access: 'anyone', status: 201, perMinute: 3 }),
  route('PATCH /api/things/:thingId', calls.changeThing, {
    access: 'admin',
    key: 'required',
    followedBy: { call: calls.awaitThing, input: ({ thingId }) => ({ thingId }) },
    reply: ({ quantity }) => (quantity > 1 ? { status: 202 } : {}),
    otherStatuses: { 202: 'Later.' },
  }),
  route('GET /api/things/:thingId/states', calls.watchThing, {
    access: 'user',
    from: {
      after: (request) => {
        const id = Number(request.header('last-event-id'));
        return Number.isInteger(id) ? id : undefined;
      },
    },
    event: ({ id, state }) => ({ id: String(id), event: state }),
  }),
  route('POST /api/partner', calls.hearPartner, {
    access: 'anyone',
    status: 204,
    rawBody: 'body',
    from: { signature: (request) => request.header('x-signature') },
  }),
  route('POST /api/files', calls.keepFile, {
    access: 'user',
    status: 201,
    maxBytes: largestFile,
    from: { sentName: ({ file }) => file?.name, sentType: ({ file }) => file?.type },
  }),
  route('GET /api/files/1', calls.showFile, {
    access: 'anyone',
    from: { known: (request) => request.header('if-none-match') },
  }),
  part('GET /api/mine', calls.exportMine, me),
  part('GET /api/mine', kiosk.calls.exportMine, me),
];

export const thing = { thingId: '019a7c5e-2f4b-7d3a-9c1e-5b8f6a4d2e10', name: 'mug', quantity: 1 };
