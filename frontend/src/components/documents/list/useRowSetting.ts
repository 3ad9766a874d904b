import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import type { RowSetting } from "./Row";
import type { RowHandlers } from "./RowActions";

type Given = Omit<RowSetting, "on" | "t"> &
  Omit<RowHandlers, "download"> & { download: (document: Document) => Promise<void> };

/** One object for all rows, which changes only with what they show: else each would be drawn anew. */
export function useRowSetting(given: Given): RowSetting {
  const { t } = useTranslation("files");
  const { trash, selectable, canDelete, canChange, marks, kinds, place } = given;
  const { toggle, preview, download, edit, remove, keep, restore } = given;
  const on = useMemo<RowHandlers>(
    () => ({
      toggle,
      preview,
      edit,
      remove,
      keep,
      restore,
      download: (document) => void download(document),
    }),
    [toggle, preview, download, edit, remove, keep, restore],
  );
  return useMemo(
    () => ({ trash, selectable, canDelete, canChange, marks, kinds, place, t, on }),
    [trash, selectable, canDelete, canChange, marks, kinds, place, t, on],
  );
}
