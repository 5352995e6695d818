const everyMs = 500;

/** The scripts of package.json that run until somebody ends them. */
const lasting = /^(?:start|split)$/;

/**
 * npm has a shell start its scripts, which dies of a signal and does not hand it on. Calls `then` once
 * that shell is gone; never where this process was started in another way.
 */
export function whenNpmEnds(then: () => void): void {
  if (!lasting.test(process.env.npm_lifecycle_event ?? '') || process.channel) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, everyMs);
  timer.unref();
}
