import type { Application } from 'express';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Operators</title>
<h1>Operators</h1>
<p>This listener is for who runs the shop. Its address is bound to this machine unless
INTERNAL_BIND says otherwise.</p>
<ul>
  <li><a href="/health/live">/health/live</a>: the process runs
  <li><a href="/health/ready">/health/ready</a>: it serves, and its work goes on; if not, why
  <li><a href="/metrics">/metrics</a>: measurements, for Prometheus
</ul>
<p>What waits for a person is mended from a terminal in the folder of the shop:</p>
<pre>npx seamline events list          events that could not be applied
npx seamline events redrive ID    try one again
npx seamline sagas list           work that goes on, or needs a hand
npx seamline sagas resume ID      try its step again
npx seamline projections list     how fresh reports are
npx seamline projections rebuild NAME
npx seamline schedules list       what comes round, and when
npx seamline --help               all of it</pre>
</html>
`;

/** Mounts what an operator sees who opens the address in a browser. It shows nothing of the shop. */
export function mountOperatorPage(app: Application): void {
  app.get('/', (_request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    response.end(page);
  });
}
