export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/** Return a queue that does so many tasks at once, in the order in which they came. */
export function makeQueue(atOnce: number): Queue {
  const waiting: (() => void)[] = [];
  let busy = 0;
  const turn = () =>
    new Promise<void>((resolve) => {
      if (busy < atOnce) {
        busy += 1;
        resolve();
      } else waiting.push(resolve);
    });
  const leave = () => {
    const next = waiting.shift();
    if (next)
      next(); // it takes our place
    else busy -= 1;
  };
  return async (task) => {
    await turn();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
