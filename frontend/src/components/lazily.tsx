import { type ComponentType, createElement, lazy, useState } from "react";

/** A file of the build did not come: no connection, or the server has a newer app by now. */
export class PartError extends Error {
  /** Forget the failure: what is shown from now on is fetched anew. */
  readonly again: () => void;

  constructor(cause: unknown, again: () => void) {
    super("part", { cause });
    this.name = "PartError";
    this.again = again;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the component takes, it is passed on
type AnyComponent = ComponentType<any>;

/**
 * A component in a file of its own of the build, which is fetched when it is first shown; a
 * `Suspense` around it says what is seen meanwhile.
 *
 * After a failure it throws a `PartError`, which a `Boundary` shows and knows how to begin anew; React's
 * `lazy` by itself would never ask again.
 */
export function lazily<C extends AnyComponent>(load: () => Promise<C>): C {
  const begin = () =>
    lazy(async () => {
      try {
        return { default: (await load()) as AnyComponent };
      } catch (error) {
        throw new PartError(error, () => {
          part = begin();
        });
      }
    });
  let part = begin();
  function Part(props: object) {
    const [current] = useState(() => part);
    return createElement(current, props);
  }
  return Part as unknown as C;
}
