import { command, defineContract, event, query } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, Money, PageRequest, page, type Static, Timestamp, Type } from '#kernel/schema';

const Sku = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
/** One line without control characters, that begins with something to read. */
const Name = Type.String({
  maxLength: 200,
  pattern: '^[^\\u0000-\\u0020\\u007f][^\\u0000-\\u001f\\u007f]*$',
});
/** Many lines: no control characters but tab and line breaks. */
const Description = Type.String({
  maxLength: 10_000,
  pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$',
});
/** Any JSON object; how large and how deep is a rule of the domain (`metadataTooLarge`). */
const Metadata = Type.Record(Type.String(), Type.Unknown());
/** Pictures of media, the first of them the product's face. One that is deleted leaves the list. */
const ImageIds = Type.Array(Id, { maxItems: 20, uniqueItems: true });
/** Counts the changes of a product, from 1. It is the product's ETag. */
const Version = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

const Product = Type.Object({
  id: Id,
  sku: Sku,
  name: Name,
  description: Description,
  price: Money,
  metadata: Metadata,
  imageIds: ImageIds,
  version: Version,
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Product = Static<typeof Product>;

/** What an order copies when it is placed, so that later changes of the product don't touch it. */
const ProductSnapshot = Type.Object({
  id: Id,
  sku: Sku,
  name: Name,
  price: Money,
  version: Version,
});
export type ProductSnapshot = Static<typeof ProductSnapshot>;

const PriceEntry = Type.Object({ price: Money, since: Timestamp, version: Version });
export type PriceEntry = Static<typeof PriceEntry>;

const ProductFact = Type.Object({
  productId: Id,
  sku: Sku,
  name: Name,
  price: Money,
  version: Version,
});
export type ProductFact = Static<typeof ProductFact>;

/** All that other modules may ask of the catalog, hear from it, or be refused by it. */
export const catalog = defineContract('catalog', {
  calls: {
    /**
     * For administrators. Repeating it with the same key answers the first product.
     * Refused: `skuTaken`, `metadataTooLarge`, `unknownImage`.
     */
    createProduct: command('Adds a product.', {
      input: Type.Object({
        sku: Sku,
        name: Name,
        description: Description,
        price: Money,
        metadata: Type.Optional(Metadata),
        imageIds: Type.Optional(ImageIds),
      }),
      output: Product,
    }),

    /**
     * For administrators. Changes the fields that are given, if the product still has
     * `expectedVersion`; what already is so is no change. Repeating it with the same key answers
     * the first outcome. Refused: `unknownProduct`, `versionMismatch`, `metadataTooLarge`,
     * `unknownImage`.
     */
    updateProduct: command('Changes a product that nobody else changed meanwhile.', {
      input: Type.Object({
        productId: Id,
        /** 0 is the version of nothing: always refused. */
        expectedVersion: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        name: Type.Optional(Name),
        description: Type.Optional(Description),
        price: Type.Optional(Money),
        metadata: Type.Optional(Metadata),
        imageIds: Type.Optional(ImageIds),
      }),
      output: Product,
    }),

    /** Refused: `unknownProduct`. */
    getProduct: query('Shows a product.', {
      input: Type.Object({ productId: Id }),
      output: Product,
    }),

    /** Answers what an order needs to know of each. Unknown ids are missing from the answer. */
    getProducts: query('Shows the prices of several products at one moment.', {
      input: Type.Object({ productIds: Type.Array(Id, { minItems: 1, maxItems: 50 }) }),
      output: Type.Object({ items: Type.Array(ProductSnapshot) }),
    }),

    /**
     * Newest first. `search` finds products that have, for each of its words, a word that begins
     * with it in their sku, name or description; capitals and accents make no difference.
     * Refused: `invalidCursor`.
     */
    listProducts: query('Lists and searches products, newest first.', {
      input: Type.Object({
        search: Type.Optional(Type.String({ maxLength: 200 })),
        ...PageRequest,
      }),
      output: page(Product),
    }),

    /** Newest first, the current price included. Refused: `unknownProduct`, `invalidCursor`. */
    priceHistory: query('Lists the prices that a product has had, newest first.', {
      input: Type.Object({ productId: Id, ...PageRequest }),
      output: page(PriceEntry),
    }),
  },

  events: {
    productCreated: event('A product was added.', { subject: 'productId', data: ProductFact }),
    productUpdated: event('A product was changed.', { subject: 'productId', data: ProductFact }),
    priceChanged: event('A product has a new price.', {
      subject: 'productId',
      data: Type.Object({ productId: Id, price: Money, previous: Money, version: Version }),
    }),
  },

  errors: {
    unknownProduct: failure(
      'not_found',
      'There is no such product.',
      Type.Object({ productId: Id }),
    ),
    unknownImage: failure(
      'invalid',
      'The product names a picture that does not exist.',
      Type.Object({ imageId: Id }),
    ),
    skuTaken: failure('conflict', 'Another product has this sku.', Type.Object({ sku: Sku })),
    versionMismatch: failure(
      'precondition_failed',
      'Somebody else changed the product meanwhile.',
      Type.Object({ productId: Id, version: Version }),
    ),
    ifMatchRequired: failure(
      'precondition_required',
      'Say in If-Match which version you are changing: the ETag that you got with the product.',
    ),
    invalidCursor: failure('malformed', 'This cursor was not made by this list.'),
    metadataTooLarge: failure(
      'invalid',
      'The metadata is too large or nested too deeply.',
      Type.Object({ maxBytes: Type.Integer(), maxDepth: Type.Integer() }),
    ),
  },
});
