import type { OpenApi } from '#kernel/http/openapi';

import { html } from './html.ts';
import { page } from './page.ts';

/** What somebody sees who opens the address of the shop in a browser. */
export function landingPage(api: OpenApi): string {
  const calls = Object.values(api.paths).flatMap((operations) => Object.keys(operations)).length;
  const body = html`
    <main>
      <p class="mark"></p>
      <h1>${api.info.title}</h1>
      <p>${api.info.description}</p>
      <ul>
        <li><a href="/docs"><b>Documentation</b>
          <span>${calls} calls of ${api.tags.length} modules, with examples</span></a></li>
        <li><a href="/openapi.json"><b>openapi.json</b>
          <span>the same for machines (OpenAPI 3.1)</span></a></li>
        <li><a href="/api/products"><b>Products</b>
          <span>a first reading, without signing in</span></a></li>
        <li><a href="/health"><b>Health</b><span>up, or not</span></a></li>
      </ul>
    </main>`;
  return page({ title: api.info.title, className: 'landing', body });
}
