import { command, defineContract, download, event, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { FileHead, Id, Money, oneOf, type Static, Timestamp, Type } from '#kernel/schema';

/** What a front end tells: it knows what people look at, the shop itself what they do. */
export const ClientEventName = oneOf(
  'session_started',
  'page_viewed',
  'product_viewed',
  'search_made',
  'cart_updated',
  'checkout_started',
);

const ShortText = Type.String({ minLength: 1, maxLength: 200 });

export const ClientEvent = Type.Object({
  /** Made by the client: the same event told twice counts once. */
  id: Id,
  name: ClientEventName,
  /** What one visitor does in one visit; made by the client, and no name of a person. */
  sessionId: Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' }),
  /** When it happened. Clocks of clients are off: what is too far from ours becomes our now. */
  at: Type.Optional(Timestamp),
  productId: Type.Optional(Id),
  path: Type.Optional(ShortText),
});
export type ClientEvent = Static<typeof ClientEvent>;

/**
 * `sales`: by interval and currency, orders completed and money as the provider moved it.
 * `top-products`: by product, what completed orders hold. `funnel`: how far visits came.
 * `customers`: by interval, who signed up and who bought.
 */
export const ReportType = oneOf('sales', 'top-products', 'funnel', 'customers');
export type ReportType = Static<typeof ReportType>;

export const Interval = oneOf('hour', 'day', 'week', 'month');
export type Interval = Static<typeof Interval>;

/** A day of the zone (`2026-11-23`), or an instant in ISO 8601. */
const When = Type.String({ maxLength: 40 });

const Asked = {
  type: ReportType,
  /** From here; the beginning of the day thirty days before the end without. */
  from: Type.Optional(When),
  /** To here, not included; the end of today without. A day means its beginning. */
  to: Type.Optional(When),
  interval: Type.Optional(Interval),
  /** An IANA name, such as `Europe/Berlin`; UTC without. Days begin and end there. */
  zone: Type.Optional(Type.String({ maxLength: 64 })),
  /** Rows of `top-products` at most. */
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
};

/** Amounts are in minor units of the row's currency. */
const Row = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()]));
export type Row = Static<typeof Row>;

export const Report = Type.Object({
  type: ReportType,
  from: Timestamp,
  to: Timestamp,
  interval: Interval,
  zone: Type.String(),
  /**
   * Everything that had been committed then is in it. Null while it is filled for the first time, and for
   * a moment after its host has started.
   */
  asOf: Type.Union([Timestamp, Type.Null()]),
  /** It is being made anew from the first event; this one is complete all the same. */
  rebuilding: Type.Boolean(),
  columns: Type.Array(Type.String()),
  rows: Type.Array(Row),
});
export type Report = Static<typeof Report>;

/** Counts what happens in the shop: from its own events, and from what front ends tell. */
export const analytics = defineContract('analytics', {
  calls: {
    /** Repeating it, or an event of it, counts nothing twice. */
    trackEvents: command('Tells what a visitor did.', {
      input: Type.Object({ events: Type.Array(ClientEvent, { minItems: 1, maxItems: 100 }) }),
      output: Type.Object({ accepted: Type.Integer() }),
    }),
    /** For administrators. Refused: `invalidReport`. */
    generateReport: query('Makes a report.', { input: Type.Object(Asked), output: Report }),
    /** The same numbers as CSV (RFC 4180). For administrators. Refused: `invalidReport`. */
    exportReport: download('Makes a report as CSV.', {
      input: Type.Object(Asked),
      output: FileHead,
    }),
    exportAccount: stream('Everything kept about a user.', {
      input: Type.Object({ userId: Id }),
      output: Type.Object({ kind: oneOf('visit'), event: ClientEvent }),
    }),
  },
  events: {
    dailyReportMade: event('The numbers of yesterday.', {
      subject: 'day',
      data: Type.Object({
        /** `2026-11-22`, in `zone`. */
        day: Type.String(),
        zone: Type.String(),
        orders: Type.Integer(),
        gross: Type.Array(Money),
        refunds: Type.Array(Money),
        newCustomers: Type.Integer(),
      }),
    }),
  },
  errors: {
    invalidReport: failure(
      'malformed',
      'There is no such report.',
      Type.Object({
        errors: Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
      }),
    ),
  },
});
