/** A wait that can be cut short. A ring while nobody waits ends the next wait at once. */
export type Alarm = { ring(): void; wait(ms: number): Promise<void> };

export function createAlarm(): Alarm {
  let rung = false;
  let end: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      end?.();
    },
    async wait(ms) {
      if (!rung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms).unref();
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      end = undefined;
      rung = false;
    },
  };
}
