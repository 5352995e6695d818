import type { AsyncApi, Message } from '#kernel/events/asyncapi';
import type { JsonSchema } from '#kernel/http/openapi-document';

import { exampleValue } from './example-value.ts';
import { fieldTable } from './field-tables.ts';
import { type Html, html } from './html.ts';

/** The events of a module, as `asyncapi.json` has them. */
export function eventsOf({ components }: AsyncApi, module: string): readonly Message[] {
  return Object.values(components.messages).filter(({ tags }) => tags[0]?.name === module);
}

export function eventLink({ name, title, summary }: Message): Html {
  return html`<li data-words="event ${name} ${summary}">
    <a href="#${name}"><b class="verb event">event</b><span>${title}</span></a>
  </li>`;
}

export function eventSection({ name, summary, payload }: Message): Html {
  const { data, subject } = payload.properties as Record<'data' | 'subject', JsonSchema>;
  const example = { ...(exampleValue(payload) as object), data: exampleValue(data) };
  return html`
    <article id="${name}" data-words="event ${name} ${summary}">
      <h3><b class="verb event">event</b><code>${name}</code></h3>
      <p>${summary} <span class="who">in order by ${subjectField(subject)}</span></p>
      <div class="columns">
        <div>${fieldTable('Data', data)}</div>
        <div><pre class="answer"><b>application/cloudevents+json</b>
<code>${JSON.stringify(example, null, 2)}</code></pre></div>
      </div>
    </article>`;
}

/** The document says of the subject which field of the data it is, in backticks. */
function subjectField({ description }: JsonSchema): string {
  return /`data\.(\w+)`/.exec(String(description))?.[1] ?? 'subject';
}
