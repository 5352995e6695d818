import { accessTokens, users } from '#contracts/users';
import { defineModule } from '#kernel/module';

import { fetchSigningKeys } from './application/fetch-signing-keys.ts';
import { gateway } from './contract.ts';
import { type Gateway, type GatewayOptions, makeDoor } from './door/make-door.ts';
import { gatewaySettings } from './settings.ts';

export type { Gateway, GatewayOptions };

/** The one public door: it decides who may come in, and turns requests into the calls of routes. */
export const gatewayModule = defineModule({
  contract: gateway,
  calls: [users],
  hears: [],
  store: { entities: [], migrations: [] },
  settings: gatewaySettings,
  wire: () => ({ handlers: {} }),
});

/** Makes the door in front of the modules of a host. It is granted the calls that its routes name. */
export function createGateway(options: GatewayOptions): Gateway {
  return makeDoor(options, { rules: accessTokens, fetchKeys: fetchSigningKeys(options) });
}
