/** A piece of page that is safe to send: made by `html`, which escapes every value put into it. */
export type Html = { readonly markup: string };

/** Builds HTML from a template. Texts are escaped; pieces and lists of pieces go in as they are. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const markup = parts.reduce((text, part, at) => text + render(values[at - 1]) + part);
  return { markup };
}

export type HtmlValue = string | number | Html | readonly Html[] | undefined | false;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') {
    return String(value).replace(/[&<>"']/g, (sign) => entities[sign]!);
  }
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}
