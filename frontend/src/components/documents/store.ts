import { useState, useSyncExternalStore } from "react";

export type Store<State, Action> = {
  get: () => State;
  dispatch: (action: Action) => void;
  subscribe: (listener: () => void) => () => void;
};

/**
 * A reducer whose state can be read at any time, by what goes on after its component has gone.
 *
 * An upload lives longer than a dialog, and must see what was chosen a moment ago.
 */
export function makeStore<State, Action>(
  reduce: (state: State, action: Action) => State,
  initial: State,
): Store<State, Action> {
  const listeners = new Set<() => void>();
  let state = initial;
  return {
    get: () => state,
    dispatch: (action) => {
      state = reduce(state, action);
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One store for as long as the component lives, and its state now. */
export function useStore<State, Action>(make: () => Store<State, Action>) {
  const [store] = useState(make);
  return { store, state: useSyncExternalStore(store.subscribe, store.get) };
}
