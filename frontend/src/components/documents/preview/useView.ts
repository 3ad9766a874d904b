import { useReducer } from "react";

/** How something is looked at: how large, turned by how many quarters, which page. */
export type View = { scale: number; turns: number; page: number };

type Action =
  | { type: "scale"; by: number }
  | { type: "fit" }
  | { type: "turn" }
  | { type: "page"; page: number }
  | { type: "other" };

const START: View = { scale: 1, turns: 0, page: 1 };
const SMALLEST = 0.25;
const LARGEST = 8;
export const STEP = 1.25;

function reduce(view: View, action: Action): View {
  switch (action.type) {
    case "scale":
      return { ...view, scale: Math.min(LARGEST, Math.max(SMALLEST, view.scale * action.by)) };
    case "fit":
      return { ...view, scale: 1 };
    case "turn":
      return { ...view, turns: (view.turns + 1) % 4 };
    case "page":
      return { ...view, page: action.page, scale: 1 };
    case "other":
      return START;
  }
}

/** A reducer, so that a wheel that turns fast and a key are never lost. */
export const useView = () => useReducer(reduce, START);

export type Change = (action: Action) => void;
