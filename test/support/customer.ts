import { randomUUID } from 'node:crypto';

/** An answer of the shop, as a client sees it. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any field of any answer, and asserts what it is.
  readonly body: any;
};

type Asking = {
  readonly body?: unknown;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** One HTTP request to a shop at `url`. A string body is sent as it is; anything else as JSON. */
export async function ask(
  url: string,
  methodAndPath: string,
  asking: Asking = {},
): Promise<Answer> {
  const [method, path] = methodAndPath.split(' ') as [string, string];
  const { body, token, signal } = asking;
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...asking.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

export type Item = { readonly productId: string; readonly quantity: number };

/** Somebody with an account, logged in. */
export class Customer {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  id = '';
  token = '';

  constructor(url: string, email: string, password: string) {
    this.url = url;
    this.email = email;
    this.password = password;
  }

  /** Signs up under a fresh address, and logs in. */
  static async signUp(url: string, name = 'customer'): Promise<Customer> {
    const email = `${name}-${randomUUID()}@example.com`;
    const customer = new Customer(url, email, 'correct horse battery staple');
    const { password } = customer;
    const made = await ask(url, 'POST /api/users', { body: { email, password, username: name } });
    expectStatus(made, 201, 'signing up');
    customer.id = made.body.id;
    return await customer.logIn();
  }

  /** Signs up `count` customers, a few at a time: the shop hashes only so many passwords at once. */
  static async signUpMany(url: string, count: number): Promise<Customer[]> {
    const customers: Customer[] = [];
    while (customers.length < count) {
      const batch = Math.min(16, count - customers.length);
      const signedUp = Array.from({ length: batch }, () => Customer.signUp(url));
      customers.push(...(await Promise.all(signedUp)));
    }
    return customers;
  }

  async logIn(): Promise<this> {
    const { email, password } = this;
    const given = await ask(this.url, 'POST /api/auth/token', { body: { email, password } });
    expectStatus(given, 200, 'logging in');
    this.token = given.body.accessToken;
    return this;
  }

  ask(methodAndPath: string, asking: Omit<Asking, 'token'> = {}): Promise<Answer> {
    return ask(this.url, methodAndPath, { ...asking, token: this.token });
  }

  /** Places an order, under a fresh key unless one is given. */
  order(items: readonly Item[], pay = 'tok_ok', key: string = randomUUID(), wait = 30) {
    return this.ask('POST /api/orders', {
      body: { items, payment: { method: 'card', token: pay } },
      headers: { 'idempotency-key': key, prefer: `wait=${wait}` },
    });
  }
}

export const adminEmail = 'admin@example.com';
export const adminPassword = 'an administrator of tests';

/** The administrator that a shop with ADMIN_PASSWORD has made at its first start. */
export function logInAdmin(url: string): Promise<Customer> {
  return new Customer(url, adminEmail, adminPassword).logIn();
}

/** Puts a new product on the shelf with `onHand` units of it. Answers its id. */
export async function stockProduct(
  admin: Customer,
  onHand: number,
  price = { amount: 1250, currency: 'EUR' },
): Promise<string> {
  const sku = `sku-${randomUUID().slice(0, 13)}`;
  const made = await admin.ask('POST /api/products', {
    body: { sku, name: `Mug ${sku}`, description: 'Holds tea.', price, metadata: {} },
  });
  expectStatus(made, 201, 'creating a product');
  const productId: string = made.body.id;
  const stocked = await admin.ask(`PUT /api/inventory/${productId}`, { body: { onHand } });
  expectStatus(stocked, 200, 'stocking a product');
  return productId;
}

function expectStatus(answer: Answer, status: number, what: string): void {
  if (answer.status === status) return;
  throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
}
