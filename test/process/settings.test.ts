import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { hostSettings } from '#kernel/config/host-settings';
import { discoverySettings } from '#kernel/discovery/discovery-settings';
import { topologySettings } from '#kernel/topology/topology-settings';
import { trustSettings } from '#kernel/trust/trust-settings';

import { loadManifests } from '../architecture/manifests.ts';

test('.env.example names every setting there is, and no other', async () => {
  const { modules } = await loadManifests(process.cwd());
  const ofHosts = [hostSettings, topologySettings, discoverySettings, trustSettings];
  const known = [...ofHosts, ...modules.map(({ manifest }) => manifest.settings ?? {})]
    .flatMap((settings) => Object.keys(settings))
    .concat('ORDERS_DATABASE_URL', 'ORDERS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const example = readFileSync('.env.example', 'utf8');
  const named = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name);
  assert.deepEqual(named.sort(), [...new Set(known)].sort());
});
