import type { RequestHandler } from 'express';

import type { AnswerInTime } from './answer-in-time.ts';
import { composeBeginning } from './begin-work.ts';
import type { Door } from './door.ts';
import { composeReply } from './reply.ts';
import type { Route } from './route.ts';
import { type File, letGo, sendFile } from './send-file.ts';

/** As long as a listener lets the body of an upload take, and a moment for what is made of it. */
const uploadLastsMs = 330_000;

/** Serves a call that reads a form's file. Whatever it leaves unread is let go before it is answered. */
export function serveUpload(route: Route, door: Door): RequestHandler {
  const begin = composeBeginning(route, door, uploadLastsMs);
  const invoke = door.connect(route.call);
  const reply = composeReply(route);
  return async (request, response) => {
    const { ctx, input, asked, form } = await begin(request, response);
    try {
      const output = await invoke(ctx, input, undefined, form?.bytes);
      await form?.end();
      if (!request.complete) response.shouldKeepAlive = false;
      if (!response.headersSent) reply(response, output, asked);
    } finally {
      await form?.end();
    }
  };
}

/** Serves a call that answers with bytes; its head comes in time, or the client hears that it is late. */
export function serveDownload(
  route: Route,
  door: Door,
  lastsMs: number,
  inTime: AnswerInTime,
): RequestHandler {
  const begin = composeBeginning(route, door, lastsMs);
  const invoke = door.connect(route.call);
  return async (request, response, next) => {
    const { ctx, input } = await begin(request, response);
    const file = await inTime(next, () => invoke(ctx, input) as Promise<File>);
    if (response.headersSent) await letGo(file.bytes);
    else await sendFile(request, response, file);
  };
}
