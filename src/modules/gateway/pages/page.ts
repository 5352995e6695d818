import { type Html, html } from './html.ts';

export type PageName = 'docs' | 'landing' | 'mailbox';

/** The pages that have a script of their own. */
export const scripted: readonly PageName[] = ['docs', 'mailbox'];

/** The frame of our pages: a style sheet and at most one small script of their own, and nothing foreign. */
export function page(parts: { title: string; className: PageName; body: Html }): string {
  const { title, className, body } = parts;
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}</title>
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230f766e'/%3E%3Cpath d='M3 8h4m2 0h4' stroke='white' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E">
    <link rel="stylesheet" href="/docs/page.css">
    <link rel="stylesheet" href="/docs/${className}.css">
    ${scripted.includes(className) && html`<script src="/docs/${className}.js" defer></script>`}
  </head>
  <body class="${className}">${body}</body>
</html>`.markup;
}
