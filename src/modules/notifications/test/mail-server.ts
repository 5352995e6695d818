import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

import type { Ending } from '#test/temp-folder';

/** A mail as an SMTP server gets it: who it says it is to, its headers by lower-case name, its body. */
export type Arrived = {
  readonly to: readonly string[];
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

type Behaviour = {
  readonly port?: number;
  /** Answers the SMTP code to refuse a recipient with, or nothing to take it. */
  readonly refuse?: (to: string) => number | undefined;
  /** What it says with that code. */
  readonly saying?: string;
  /** Runs when a mail has been taken and before that is answered; a throw breaks the connection off. */
  readonly afterTaking?: (mail: Arrived) => void;
};

export type MailServer = {
  readonly url: string;
  readonly arrived: readonly Arrived[];
};

/** A real SMTP server on 127.0.0.1, until the test ends. */
export async function startMailServer(
  ending: Ending,
  behaviour: Behaviour = {},
): Promise<MailServer> {
  const { port = 0, refuse, saying = 'no such mailbox here', afterTaking } = behaviour;
  const arrived: Arrived[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onRcptTo({ address }, _session, done) {
      const code = refuse?.(address);
      if (code === undefined) return done();
      return done(Object.assign(new Error(saying), { responseCode: code }));
    },
    async onData(stream, session, done) {
      const mail = readMail(
        session.envelope.rcptTo.map(({ address }) => address),
        await text(stream),
      );
      arrived.push(mail);
      try {
        afterTaking?.(mail);
        done();
      } catch {
        for (const connection of server.connections) connection.close();
      }
    },
  });
  // Clients that are cut off leave errors behind, which are what such a test is about.
  server.on('error', () => undefined);
  const socket = server.listen(port, '127.0.0.1');
  await once(socket, 'listening');
  ending.after(() => new Promise((resolve) => server.close(() => resolve())));
  const { port: actual } = socket.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${actual}`,
    arrived,
  };
}

function readMail(to: readonly string[], raw: string): Arrived {
  const end = raw.indexOf('\r\n\r\n');
  const unfolded = raw.slice(0, end).replace(/\r\n[ \t]+/g, ' ');
  const headers = unfolded.split('\r\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { to, headers: new Map(headers), body: raw.slice(end + 4) };
}
