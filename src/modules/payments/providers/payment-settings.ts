import { ConfigError } from '#kernel/config/read-settings';
import { choice, type SettingsOf, text, url } from '#kernel/config/settings';

const secretExample = `whsec_${'A'.repeat(32)}`;

export const paymentSettings = {
  PAYMENT_PROVIDER: choice(['sandbox', 'http'], {
    fallback: 'sandbox',
    example: 'sandbox',
    meaning: 'Who charges cards. The sandbox moves no real money.',
  }),
  PAYMENT_PROVIDER_URL: url<undefined>(['https:', 'http:'], {
    fallback: undefined,
    example: 'https://api.provider.example/v1',
    meaning: 'Where the provider is asked, with PAYMENT_PROVIDER=http',
  }),
  PAYMENT_PROVIDER_KEY: text<undefined>({
    fallback: undefined,
    example: 'the key that the provider gave you',
    meaning: 'Proves to the provider who asks',
    secret: true,
  }),
  PAYMENT_WEBHOOK_SECRET: text<undefined>({
    fallback: undefined,
    example: secretExample,
    meaning: 'What the provider signs webhooks with; several, by commas, while it is rotated',
    secret: true,
  }),
};

export type PaymentSettings = SettingsOf<typeof paymentSettings>;

/** All that it takes to talk with a provider over HTTP, and to know that it is the provider who talks. */
export type HttpAccount = {
  readonly url: URL;
  readonly key: string;
  /** The keys of webhook signatures, of which any may have been used. */
  readonly webhookKeys: readonly Uint8Array[];
};

/**
 * The account that the settings describe together; `undefined` for the sandbox. Throws a
 * `ConfigError` that names everything that is missing or wrong, and shows no secret.
 */
export function httpAccountOf(settings: PaymentSettings): HttpAccount | undefined {
  if (settings.PAYMENT_PROVIDER !== 'http') return undefined;
  const { PAYMENT_PROVIDER_URL: at, PAYMENT_PROVIDER_KEY: key } = settings;
  const secrets = (settings.PAYMENT_WEBHOOK_SECRET ?? '').split(',').map((one) => one.trim());
  const webhookKeys = secrets.filter(Boolean).map(keyOfSecret);
  const problems = [
    at ? wrongUrl(at) : missing('PAYMENT_PROVIDER_URL'),
    key ? wrongKey(key) : missing('PAYMENT_PROVIDER_KEY'),
    webhookKeys.length > 0 ? wrongSecrets(webhookKeys) : missing('PAYMENT_WEBHOOK_SECRET'),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || !at || !key) throw new ConfigError(problems);
  return { url: at, key, webhookKeys: webhookKeys.filter((one) => one !== undefined) };
}

function missing(name: Exclude<keyof PaymentSettings, 'PAYMENT_PROVIDER'>): string {
  const { example } = paymentSettings[name];
  return `${name} is missing: PAYMENT_PROVIDER=http needs it, for example ${name}=${example}`;
}

function wrongUrl({ protocol, hostname, username, password, search, hash }: URL) {
  const name = 'PAYMENT_PROVIDER_URL';
  const { example } = paymentSettings[name];
  if (username || password || search || hash) {
    return `${name} (hidden) must have no user, query or fragment, for example ${name}=${example}`;
  }
  if (protocol === 'https:' || isLoopback(hostname)) return undefined;
  return `${name} must be https, or on this machine: the key would cross the network in clear text, for example ${name}=${example}`;
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** What a header can carry: RFC 6750 allows less, and real keys need no more. */
function wrongKey(key: string): string | undefined {
  if (/^[\x21-\x7e]+$/.test(key)) return undefined;
  return 'PAYMENT_PROVIDER_KEY=(hidden) must be visible ASCII without spaces';
}

function wrongSecrets(keys: readonly (Uint8Array | undefined)[]): string | undefined {
  if (!keys.includes(undefined)) return undefined;
  const name = 'PAYMENT_WEBHOOK_SECRET';
  return `${name}=(hidden) must be base64 of at least ${leastKeyBytes} bytes after whsec_, or several of these separated by commas, for example ${name}=${secretExample}`;
}

/** Standard Webhooks: "between 24 bytes (192 bits) and 64 bytes (512 bits)". Longer ones do no harm. */
const leastKeyBytes = 24;

function keyOfSecret(secret: string): Uint8Array | undefined {
  const text = secret.replace(/^whsec_/, '');
  const key = Buffer.from(text, 'base64');
  const isBase64 = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 && key.length >= leastKeyBytes ? key : undefined;
}
