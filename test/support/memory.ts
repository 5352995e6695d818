import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Resident memory of a process in MiB; 0 where there is no /proc, or no such process. */
export function residentMb(pid: number): number {
  try {
    const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kb) / 1024;
  } catch {
    return 0;
  }
}

const lookEveryMs = 10;

/** By how much each process grew at its worst moment while `work` was done, in MiB. */
export async function growthMb(
  pids: readonly number[],
  work: () => Promise<void>,
): Promise<readonly number[]> {
  const before = pids.map(residentMb);
  const most = [...before];
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      for (const [at, pid] of pids.entries()) most[at] = Math.max(most[at] ?? 0, residentMb(pid));
      await pause(lookEveryMs);
    }
  })();
  try {
    await work();
  } finally {
    over.abort();
    await looking;
  }
  return most.map((peak, at) => Math.round(peak - (before[at] ?? 0)));
}
