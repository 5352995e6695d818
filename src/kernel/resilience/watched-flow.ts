/** What becomes of a flow of items. Each is told at most once. */
export type FlowEvents = {
  began?(): void;
  /** Without an error when the flow ended, or was left by its reader. */
  ended(error?: unknown): void;
};

/**
 * The same items, with somebody watching. A plain iterator, because a generator that waits for an
 * item can't be left before that has come.
 */
export function watchedFlow<T>(open: () => AsyncIterable<T>, events: FlowEvents): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<T> {
      let items: AsyncIterator<T> | undefined;
      let began = false;
      let hasEnded = false;
      const end = (error?: unknown) => {
        if (hasEnded) return;
        hasEnded = true;
        events.ended(error);
      };
      return {
        async next() {
          if (hasEnded) return { done: true, value: undefined };
          try {
            items ??= open()[Symbol.asyncIterator]();
            const item = await items.next();
            if (!began) events.began?.();
            began = true;
            if (item.done) end();
            return item;
          } catch (error) {
            end(error);
            throw error;
          }
        },
        async return(value) {
          end();
          return (await items?.return?.(value)) ?? { done: true, value };
        },
      };
    },
  };
}
