/**
 * `name` or `name#3`: die when `killPoint(name)` is passed for the first or the third time. Read once,
 * so that an unarmed point costs one comparison; production has no way to arm it.
 */
const armed = process.env.NODE_ENV === 'production' ? undefined : process.env.KILL_POINT;
const [armedName, nth = '1'] = armed?.split('#') ?? [];
let passagesLeft = Number(nth);

/** A named place where fault tests end this process as a power cut would: by SIGKILL, nothing flushed. */
export function killPoint(name: string): void {
  if (armedName === undefined || armedName !== name) return;
  passagesLeft -= 1;
  if (passagesLeft === 0) process.kill(process.pid, 'SIGKILL');
}
