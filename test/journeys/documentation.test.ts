import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { collect } from '#test/app-process';
import { adminEmail, adminPassword, ask, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { openRunningShop } from '#test/running-shop';
import { temporaryFolder } from '#test/temp-folder';

type Example = { readonly call: string; readonly curl: string };

const shop = await openRunningShop();
const folder = temporaryFolder(fileEnd);
const page = await (await fetch(`${shop.url}/docs`)).text();
const linesIn = (id: string) =>
  unescaped(new RegExp(`<code id="${id}">([^<]*)<`).exec(page)?.[1] ?? '');
const first = linesIn('first').replace(/^SHOP=.*$/m, `SHOP=${shop.url}`);

/** A PNG of one pixel. */
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** What a reader meets who pastes an example as it is, where that is no success. */
const refusals: Readonly<Record<string, string>> = {
  'POST /api/auth/password-reset/confirm': '400 invalid_code',
  'POST /api/auth/email-verification/confirm': '400 invalid_code',
  'POST /api/payments/webhooks/{provider}': '404 route_not_found',
};

/** What ends something that other examples need comes last, in this order. */
const ends = [/cancel$/, /^DELETE .*media/, /me\/password$/, /logout$/, /deletion$/, /^DELETE/];
const rank = ({ call }: Example) => ends.findIndex((end) => end.test(call));

function examples(): readonly Example[] {
  const articles = page.split('<article ').slice(1);
  const found = articles.flatMap((article) => {
    const [, words = ''] = /data-words="(\S+ \S+)/.exec(article) ?? [];
    const [, curl] = /<code class="curl">([^<]*)</.exec(article) ?? [];
    return curl === undefined ? [] : [{ call: words, curl: unescaped(curl) }];
  });
  return found.sort((a, b) => rank(a) - rank(b));
}

function unescaped(text: string): string {
  const signs = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (sign) => signs[sign as keyof typeof signs]);
}

/** Types lines into a shell; answers what was printed. */
async function type(lines: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const shell = spawn('bash', ['-uc', lines], { cwd: folder, env: { ...env, ...variables } });
  const output = collect(shell);
  await once(shell, 'close');
  return output();
}

/** What a reader has after a few examples: the ids that the others ask for. */
async function readersIds(token: string, productId: string) {
  const own = (methodAndPath: string, asking: object = {}) =>
    ask(shop.url, methodAndPath, { token, ...asking });
  const form = new FormData();
  form.set('file', new Blob([onePixel]), 'picture.png');
  const headers = { authorization: `Bearer ${token}` };
  const uploaded = await fetch(`${shop.url}/api/media`, { method: 'POST', headers, body: form });
  const order = await own('POST /api/orders', {
    headers: { 'idempotency-key': 'first', prefer: 'wait=30' },
    body: {
      items: [{ productId, quantity: 1 }],
      payment: { method: 'card', token: 'tok_ok' },
    },
  });
  return {
    userId: (await own('GET /api/users/me')).body.id,
    mediaId: ((await uploaded.json()) as { id: string }).id,
    orderId: order.body.id,
    paymentId: order.body.paymentId,
  };
}

test('every example of the documentation works as it is pasted', async () => {
  await stockProduct(shop.admin, 100);
  writeFileSync(join(folder, 'picture.png'), onePixel);
  const told = ['TOKEN', 'refreshToken', 'productId', 'ADMIN_TOKEN'];
  const began = await type(
    `${first}\n${linesIn('admin').replace('admin@example.com', adminEmail)}
    echo "${told.map((name) => `/$${name}`).join('')}"`,
    { ADMIN_PASSWORD: adminPassword },
  );
  const values = began.trim().split('\n').at(-1)?.split('/').slice(1) ?? [];
  const variables = Object.fromEntries(told.map((name, nth) => [name, values[nth] ?? '']));
  const { TOKEN = '', productId = '' } = variables;
  const all = examples();
  assert.ok(all.length > 40, `${all.length} examples`);

  const ids = { ...(await readersIds(TOKEN, productId)), code: 'one-that-nobody-has-got' };
  const pasted = all.map(({ call, curl }) => `echo "== ${call}"\n${curl}`);
  // What an order becomes is told for as long as somebody listens.
  const talkative = `curl() {
    case "$*" in *' -N'*) most=5;; *) most=20;; esac
    command curl -s --max-time $most -w '\\n%{http_code}\\n' "$@"
  }`;
  const output = await type([talkative, ...pasted].join('\n'), {
    ...variables,
    ...ids,
    SHOP: shop.url,
  });
  const answers = output.split('== ').slice(1);
  assert.equal(answers.length, all.length, output);
  assert.deepEqual(answers.filter(isWrong), []);
});

function isWrong(answer: string): boolean {
  const [call = '', ...lines] = answer.trimEnd().split('\n');
  const status = lines.at(-1) ?? '';
  const expected = refusals[call];
  const code = /"code":"(\w+)"/.exec(answer)?.[1];
  return expected === undefined ? !/^2\d\d$/.test(status) : `${status} ${code}` !== expected;
}
