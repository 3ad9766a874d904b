import type { KeyboardEvent } from "react";
import type { Document } from "@/api/types";
import { canPreview } from "../files";
import type { RowSetting } from "./Row";
import type { Rows } from "./useRows";

const PAGE = 8; // rows by which Page up and Page down move

/** The keys of a list: arrows, Home, End and pages move; Space chooses; Enter opens; Delete deletes. */
export function useRowKeys(rows: Rows, documents: readonly Document[], setting: RowSetting) {
  const { on, selectable, canDelete, trash } = setting;

  function moved(key: string): number | null {
    const moves: Record<string, number> = {
      ArrowDown: rows.current + 1,
      ArrowUp: rows.current - 1,
      PageDown: rows.current + PAGE,
      PageUp: rows.current - PAGE,
      Home: 0,
      End: documents.length - 1,
    };
    return moves[key] ?? null;
  }

  function act(event: KeyboardEvent): boolean {
    const document = documents[rows.current];
    if (!document) return false;
    if (event.key === " " && selectable) on.toggle(rows.current, event.shiftKey);
    else if (event.key === "Enter" && canPreview(document)) on.preview(rows.current);
    else if (event.key === "Delete" && canDelete && !trash && !document.legal_hold)
      on.remove(document);
    else return false;
    return true;
  }

  return (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    const to = moved(event.key);
    const onRow = target.getAttribute("role") === "row";
    if (to !== null && (onRow || target.closest('[role="row"][data-index]'))) {
      event.preventDefault();
      if (event.shiftKey && selectable && onRow && event.key.startsWith("Arrow")) {
        on.toggle(Math.max(0, Math.min(documents.length - 1, to)), false);
      }
      rows.focusRow(to);
    } else if (onRow && act(event)) {
      event.preventDefault(); // buttons in the row do with these keys what buttons do
    }
  };
}
