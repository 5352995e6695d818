import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Every second thousand below 32768, where the ports begin that systems give to outgoing connections:
 * those come and go. The thousand after each is for the internal listeners that go with them. From 12
 * on: `fetch` asks nobody at 10080 (https://fetch.spec.whatwg.org/#port-blocking).
 */
const thousands = [12, 14, 16, 18, 20, 22, 24, 26, 28, 30];

/** One file for each port that is given, with the process that has it. */
const claims = join(tmpdir(), `seamline-test-ports-${process.getuid?.() ?? 'all'}`);

const own: string[] = [];
process.once('exit', () => {
  for (const claim of own) rmSync(claim, { force: true });
});

/**
 * A port on 127.0.0.1 that nobody listens on, as on the one 1000 above it, and that no other process of
 * tests gets while this one lives. Another one each time.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const thousand = thousands[Math.floor(Math.random() * thousands.length)] as number;
    const port = thousand * 1000 + Math.floor(Math.random() * 1000);
    if (claim(port) && (await isFree(port)) && (await isFree(port + 1000))) return port;
  }
}

function claim(port: number): boolean {
  mkdirSync(claims, { recursive: true });
  const path = join(claims, `${port}`);
  try {
    const file = openSync(path, 'wx');
    writeSync(file, `${process.pid}`);
    closeSync(file);
    own.push(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    dropDead(path);
    return false;
  }
}

/** What a process claimed that was killed, whoever comes next may have. */
function dropDead(path: string): void {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // A claim that is just being made has no number yet.
    if (pid > 0) process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(path, { force: true });
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const isListening = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (!isListening) return false;
  server.close();
  await once(server, 'close');
  return true;
}
