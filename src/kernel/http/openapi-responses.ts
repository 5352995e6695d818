import { isCommand } from '../contract.ts';
import { type FailureMaker, statusOfKind } from '../failure.ts';
import { edgeFailuresOf } from './edge-failures-of-route.ts';
import { type Content, type Operation, plain } from './openapi-document.ts';
import type { Route } from './route.ts';

/** As OpenAPI 3.1 writes a part that holds bytes. */
export const bytes = { type: 'string', contentMediaType: 'application/octet-stream' };

/** All that a route may answer: its successes, and its refusals by status. */
export function responsesOf(
  route: Route,
  failures: readonly FailureMaker<unknown>[],
): Operation['responses'] {
  return { ...successesOf(route), ...refusalsOf(route, failures) };
}

function downloadsOf(): Operation['responses'] {
  const content = { '*/*': { schema: bytes } };
  return {
    200: { description: 'The bytes.', content },
    206: { description: 'The part of them that `Range` asked for.', content },
    304: { description: 'They are those that `If-None-Match` names.' },
    416: { description: 'They end before the `Range`.' },
  };
}

function successesOf(route: Route): Operation['responses'] {
  const { status, call, followedBy, otherStatuses } = route;
  if (call.kind === 'download') return downloadsOf();
  const schema = plain((followedBy?.call ?? call).output);
  const content: Content =
    call.kind === 'stream'
      ? { 'text/event-stream': { schema: { type: 'string', contentSchema: schema } } }
      : { 'application/json': { schema } };
  const success = (description: string, code: number) =>
    code === 204 || code === 304 ? { description } : { description, content };
  const others = Object.entries(otherStatuses).map(([code, meaning]) => [
    code,
    success(meaning, Number(code)),
  ]);
  return { [status]: success('It is done.', status), ...Object.fromEntries(others) };
}

/** What only a change can meet: a reading conflicts with nothing. */
const onlyOfCommands: readonly string[] = [
  'conflict',
  'payment_refused',
  'precondition_failed',
  'precondition_required',
];

function refusalsOf(
  route: Route,
  declared: readonly FailureMaker<unknown>[],
): Operation['responses'] {
  const possible = declared.filter(
    ({ kind }) => isCommand(route.call) || !onlyOfCommands.includes(kind),
  );
  const byStatus = Map.groupBy([...edgeFailuresOf(route), ...possible], ({ kind }) =>
    String(statusOfKind[kind]),
  );
  const responses = [...byStatus].map(([status, failures]) => [
    status,
    {
      description: failures.map(({ code, title }) => `\`${code}\`: ${title}`).join('\n\n'),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/Problem' }],
            properties: { code: { enum: [...new Set(failures.map(({ code }) => code))] } },
          },
        },
      },
    },
  ]);
  return Object.fromEntries(responses);
}
