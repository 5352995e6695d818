import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { hostSettings } from '#kernel/config/host-settings';

import { loadManifests } from '../architecture/manifests.ts';

test('.env.example names every setting there is, and no other', async () => {
  const { modules } = await loadManifests(process.cwd());
  const known = [hostSettings, ...modules.map(({ manifest }) => manifest.settings ?? {})]
    .flatMap((settings) => Object.keys(settings))
    .concat('ORDERS_DATABASE_URL');
  const example = readFileSync('.env.example', 'utf8');
  const named = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), known.sort());
});
