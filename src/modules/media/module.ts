import { users } from '#contracts/users';
import { defineModule } from '#kernel/module';
import { everyPrepared } from '#kernel/schedules/schedule';

import { deleteMedia, removing } from './application/delete-media.ts';
import { exportAccount } from './application/export-account.ts';
import { forgetAccount } from './application/forget-account.ts';
import { describeMedia, listMedia } from './application/list-media.ts';
import { processImage } from './application/process-image.ts';
import { getImage } from './application/show-image.ts';
import { sweepStrays } from './application/sweep-strays.ts';
import { uploadImage } from './application/upload-image.ts';
import { haveVariant } from './application/variants.ts';
import { media } from './contract.ts';
import { Darkrooms } from './providers/darkroom.ts';
import { chosenStorage, incomingOfModule, variantCache } from './providers/media-places.ts';
import { storageSettings } from './providers/storage-settings.ts';
import { mediaRoutes } from './routes.ts';
import { ImageEntity, OwnerEntity } from './store/entities.ts';
import { media0001 } from './store/migrations/0001-images.ts';
import { media0002 } from './store/migrations/0002-owners.ts';

const hourMs = 3_600_000;

/** Keeps pictures as they came, and shows them in any size; nothing that came in goes out as it was. */
export const mediaModule = defineModule({
  contract: media,
  calls: [],
  hears: [users],
  store: { entities: [ImageEntity, OwnerEntity], migrations: [media0001, media0002] },
  settings: storageSettings,
  routes: mediaRoutes,
  parts: {
    storage: chosenStorage,
    incoming: incomingOfModule,
    cache: variantCache,
    darkroom: () => new Darkrooms(),
  },
  wire({ parts: { storage, incoming, cache, darkroom }, ids, clock, log }) {
    const have = haveVariant(cache, storage, darkroom);
    const remove = removing(storage, cache, log);
    const { again, forget } = forgetAccount(remove);
    return {
      handlers: {
        uploadImage: uploadImage({ storage, darkroom, ids, incoming }),
        getImage: getImage(have),
        processImage: processImage(have),
        describeMedia,
        listMedia,
        deleteMedia: deleteMedia(remove),
        exportAccount,
      },
      subscriptions: [forget],
      sagas: [again],
      recurring: [
        everyPrepared(
          hourMs,
          'strays',
          sweepStrays({ storage, cache, incoming }, clock.now),
          () => undefined,
        ),
      ],
    };
  },
});
