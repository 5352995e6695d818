import { route } from '#kernel/http/route';

import { demo } from './contract.ts';

export const demoRoutes = [route('GET /api/demo', demo.calls.showDemo, { access: 'anyone' })];
