import { part, type RouteRequest, route } from '#kernel/http/route';

import { maxUploadBytes, media } from './contract.ts';

const { calls } = media;

export const mediaRoutes = [
  route('POST /api/media', calls.uploadImage, {
    access: 'user',
    status: 201,
    file: 'file',
    maxBytes: maxUploadBytes,
    reply: ({ id }) => ({ headers: { location: `/api/media/${id}` } }),
  }),
  route('GET /api/media', calls.listMedia, { access: 'user' }),
  route('GET /api/media/:mediaId', calls.getImage, {
    access: 'anyone',
    from: { known: (request) => request.header('if-none-match')?.slice(0, 1000) },
  }),
  route('POST /api/media/:mediaId/variants', calls.processImage, { access: 'user' }),
  route('DELETE /api/media/:mediaId', calls.deleteMedia, { access: 'user', status: 204 }),
  part('GET /api/users/me/export', calls.exportAccount, {
    access: 'user',
    from: {
      userId: ({ actor }: RouteRequest) => (actor.kind === 'user' ? actor.id : undefined),
    },
  }),
];
