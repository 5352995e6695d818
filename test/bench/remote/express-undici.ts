import { once } from 'node:events';
import express from 'express';
import { Pool } from 'undici';

import { type Parcel, packed, type RemoteWay } from './payload.ts';

/** What most would write: a route of Express 5, asked by undici over connections that are kept. */
export const expressUndici: RemoteWay = {
  name: 'express 5 with undici',

  async serve(port) {
    const app = express();
    app.post('/desk/pack', express.json(), async (request, response) => {
      response.json(packed(request.body));
    });
    await once(app.listen(port, '127.0.0.1'), 'listening');
  },

  async connect(port) {
    const pool = new Pool(`http://127.0.0.1:${port}`);
    const headers = { 'content-type': 'application/json' };
    return async (one) => {
      const body = JSON.stringify(one);
      const answer = await pool.request({ method: 'POST', path: '/desk/pack', headers, body });
      return (await answer.body.json()) as Parcel;
    };
  },
};
