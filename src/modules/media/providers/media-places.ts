import { join } from 'node:path';

import type { SettingsOf } from '#kernel/config/settings';

import type { Incoming } from '../application/incoming.ts';
import type { Storage } from '../application/storage.ts';
import { fileStorage } from './file-storage.ts';
import { incomingFiles } from './incoming-files.ts';
import { s3Storage } from './s3-storage.ts';
import { s3PlaceOf, type storageSettings } from './storage-settings.ts';
import { VariantCache } from './variant-cache.ts';

type Settings = SettingsOf<typeof storageSettings>;
type Ground = { readonly settings: Settings; folder(): string };

const incomingOf = ({ folder }: Ground) => join(folder(), 'incoming');

/** In an S3-compatible store where one is set, in files of the module's folder otherwise. */
export function chosenStorage(ground: Ground): Storage {
  const place = s3PlaceOf(ground.settings);
  return place
    ? s3Storage(place, incomingOf(ground))
    : fileStorage(join(ground.folder(), 'originals'));
}

export function incomingOfModule(ground: Ground): Incoming {
  return incomingFiles(incomingOf(ground));
}

export function variantCache({ folder, settings }: Ground): VariantCache {
  return new VariantCache(join(folder(), 'variants'), settings.MEDIA_CACHE_MB * 2 ** 20);
}
