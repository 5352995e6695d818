import type { Clock } from '#kernel/ports/clock';
import type { Ids } from '#kernel/ports/ids';
import type { Logger } from '#kernel/ports/logger';

import { HttpProvider } from './http-provider.ts';
import { httpWebhooks } from './http-webhooks.ts';
import { httpAccountOf, type PaymentSettings } from './payment-settings.ts';
import type { PaymentProvider } from './provider.ts';
import { SandboxProvider } from './sandbox-provider.ts';
import { noWebhooks, type Webhooks } from './webhooks.ts';

type Scope = {
  readonly settings: PaymentSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly folder: () => string;
};

/** The provider that the settings name. Throws a `ConfigError` as `httpAccountOf` does. */
export function makeProvider({ settings, folder, clock, ids, log }: Scope): PaymentProvider {
  const account = httpAccountOf(settings);
  return account
    ? new HttpProvider(account, log)
    : new SandboxProvider({ folder: folder(), clock, ids });
}

/** The webhooks of the provider that the settings name. Throws as `makeProvider` does. */
export function makeWebhooks({ settings, clock }: Scope): Webhooks {
  const account = httpAccountOf(settings);
  return account ? httpWebhooks(account.webhookKeys, clock) : noWebhooks;
}
