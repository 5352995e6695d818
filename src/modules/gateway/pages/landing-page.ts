import type { AsyncApi } from '#kernel/events/asyncapi';
import type { OpenApi } from '#kernel/http/openapi-document';

import { type Html, html } from './html.ts';
import { listedCalls } from './listed-calls.ts';
import { page } from './page.ts';

/** `orders`: `this process, SQLite`, or another host and its internal addresses. */
export type Places = Readonly<Record<string, Place>>;

type Place = { readonly place: string; readonly at?: string };

export type Landing = {
  readonly api: OpenApi;
  readonly told: AsyncApi;
  /** Where each module runs, and on what. Addresses are told only to who looks from this machine. */
  readonly places: Places;
  /** The operators' listener, for who looks from this machine. */
  readonly operatorUrl: string | undefined;
};

/** What somebody sees who opens the address of the shop in a browser. */
export function landingPage({ api, told, places, operatorUrl }: Landing): string {
  const calls = listedCalls(api).length;
  const events = Object.keys(told.components.messages).length;
  const body = html`
    <main>
      <header>
        <p class="mark"></p>
        <div>
          <h1>${api.info.title}</h1>
          <p>${api.info.description}</p>
        </div>
      </header>
      <ul class="doors">
        ${door('/docs', 'Documentation', `${calls} calls and ${events} events, with examples to paste`)}
        ${'/api/mailbox' in api.paths && door('/mailbox', 'Mailbox', 'every mail and text message that the shop has written')}
        ${operatorUrl !== undefined && door(operatorUrl, 'Operators', 'health, figures, and what waits for a person; on this machine only')}
        ${'/api/products' in api.paths && door('/api/products', 'Products', 'a first answer, without signing in')}
        ${door('/openapi.json', 'openapi.json', 'the calls, for machines (OpenAPI 3.1)')}
        ${door('/asyncapi.json', 'asyncapi.json', 'the events, for machines (AsyncAPI 3.0)')}
      </ul>
      ${operatorUrl !== undefined && '/api/orders' in api.paths && walk}
      <h2>What runs where</h2>
      <table>${Object.entries(places).map((row) => placeRow(row, operatorUrl !== undefined))}</table>
    </main>`;
  return page({ title: api.info.title, className: 'landing', body });
}

const walk = html`
  <h2>A walk through it</h2>
  <pre><code>npm run demo</code></pre>
  <p class="quiet">Sign up, order, be declined, race for the last unit, lose an answer about money, get
    it back, read the mails: told step by step in a terminal.</p>`;

function door(href: string, title: string, about: string): Html {
  return html`<li><a href="${href}"><b>${title}</b><span>${about}</span></a></li>`;
}

function placeRow([module, { place, at }]: readonly [string, Place], isNear: boolean): Html {
  const words = isNear && at !== undefined ? `${place} at ${at}` : place;
  return html`<tr><td><b>${module}</b></td><td>${words}</td></tr>`;
}
