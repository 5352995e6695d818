import { type Reply, type Route, type RouteRequest, route } from '#kernel/http/route';

import { catalog, type Product } from './contract.ts';

const { calls, errors } = catalog;

export const catalogRoutes: readonly Route[] = [
  route('GET /api/products', calls.listProducts, { access: 'anyone' }),

  route('GET /api/products/:productId', calls.getProduct, {
    access: 'anyone',
    reply: unlessKnown,
    otherStatuses: { 304: 'The client has this version already.' },
    headers: { 'If-None-Match': 'The ETag of the version that the client has.' },
  }),

  route('GET /api/products/:productId/prices', calls.priceHistory, { access: 'anyone' }),

  route('POST /api/products', calls.createProduct, {
    access: 'admin',
    status: 201,
    reply: (product) => ({
      headers: { ...etagOf(product), location: `/api/products/${product.id}` },
    }),
  }),

  route('PATCH /api/products/:productId', calls.updateProduct, {
    access: 'admin',
    from: { expectedVersion },
    reply: (product) => ({ headers: etagOf(product) }),
    headers: { 'If-Match': 'The ETag of the version that is to be changed. Required.' },
  }),
];

function etagOf({ version }: Product): Record<string, string> {
  return { etag: `"${version}"` };
}

function unlessKnown(product: Product, request: RouteRequest): Reply {
  const headers = etagOf(product);
  const known = request.header('if-none-match')?.split(/\s*,\s*/) ?? [];
  const isKnown = known.some((tag) => tag === '*' || tag.replace(/^W\//, '') === headers.etag);
  return isKnown ? { status: 304, headers, body: undefined } : { headers };
}

/**
 * The version in If-Match; 0, which no product has, for a tag that we never gave. `*` would match
 * whatever somebody else just made of the product, so it counts as missing.
 */
function expectedVersion(request: RouteRequest): number {
  const tag = request.header('if-match');
  if (tag === undefined || tag.trim() === '*') throw errors.ifMatchRequired();
  const [, version = '0'] = /^\s*"([1-9]\d{0,14})"\s*$/.exec(tag) ?? [];
  return Number(version);
}
