import { catalog } from '#contracts/catalog';
import { inventory } from '#contracts/inventory';
import { media } from '#contracts/media';
import { flag, text } from '#kernel/config/settings';
import { atStart } from '#kernel/handlers';
import { defineModule } from '#kernel/module';

import { loadGood } from './application/load-good.ts';
import { lookAround } from './application/look-around.ts';
import { showDemo } from './application/show-demo.ts';
import { demo } from './contract.ts';
import { goods } from './domain/goods.ts';
import { openPicture } from './pictures/open-picture.ts';
import { demoRoutes } from './routes.ts';
import { beginLook } from './store/demo-store.ts';
import { GoodEntity, LookEntity } from './store/entities.ts';
import { demo0001 } from './store/migrations/0001-demo.ts';

/**
 * Fills an empty shop with thirty products, once. It asks its neighbours what anybody may ask them,
 * so a shop without it only lacks the products: leave its folder and its line in `app.ts` out.
 */
export const demoModule = defineModule({
  contract: demo,
  calls: [catalog, inventory, media],
  hears: [],
  store: { entities: [GoodEntity, LookEntity], migrations: [demo0001] },
  settings: {
    DEMO: flag({
      fallback: undefined,
      example: '0',
      meaning: 'load the demo catalogue into an empty shop; 1 without, but 0 in production',
    }),
    NODE_ENV: text({
      fallback: undefined,
      example: 'production',
      meaning: 'production: no demo catalogue unless DEMO=1, and no fault injection',
    }),
  },
  routes: demoRoutes,
  wire({ clients, settings }) {
    const isWanted = settings.DEMO ?? settings.NODE_ENV !== 'production';
    const load = loadGood(goods, openPicture, clients);
    const look = lookAround(goods, clients.catalog, load);
    const begin = atStart(
      'demo catalogue',
      async () => {},
      async (tx) => {
        if (await beginLook(tx)) tx.startSaga(look, 'first start', {});
      },
    );
    return { handlers: { showDemo }, sagas: [look, load], atStart: isWanted ? [begin] : [] };
  },
});
