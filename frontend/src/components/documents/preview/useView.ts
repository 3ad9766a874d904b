import { useCallback, useReducer } from "react";

/** How something is looked at: how large, turned by how many quarters, which page. */
export type View = { scale: number; turns: number; page: number };

type Action =
  | { type: "scale"; by: number }
  | { type: "fit" }
  | { type: "turn" }
  | { type: "page"; page: number };

const START: View = { scale: 1, turns: 0, page: 1 };
const SMALLEST = 0.25;
const LARGEST = 8;
export const STEP = 1.25;

function looked(view: View, action: Action): View {
  switch (action.type) {
    case "scale":
      return { ...view, scale: Math.min(LARGEST, Math.max(SMALLEST, view.scale * action.by)) };
    case "fit":
      return { ...view, scale: 1 };
    case "turn":
      return { ...view, turns: (view.turns + 1) % 4 };
    case "page":
      return { ...view, page: action.page, scale: 1 };
  }
}

type State = { of: string; view: View };

const viewOf = (state: State, of: string): View => (state.of === of ? state.view : START);

function reduce(state: State, { of, action }: { of: string; action: Action }): State {
  return { of, view: looked(viewOf(state, of), action) };
}

export type Change = (action: Action) => void;

/** How a document is looked at; another one is looked at from the beginning. */
export function useView(of: string): [View, Change] {
  const [state, dispatch] = useReducer(reduce, { of, view: START });
  const change = useCallback((action: Action) => dispatch({ of, action }), [of]);
  return [viewOf(state, of), change];
}
