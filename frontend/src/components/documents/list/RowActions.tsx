import { IconArrowBackUp, IconDownload, IconEye, IconPencil, IconTrash } from "@tabler/icons-react";
import type { Document } from "@/api/types";
import { canPreview, isAvailable } from "../files";
import classes from "./FileList.module.css";
import type { RowSetting } from "./Row";

// Made once, as each of them would be made again for every row.
const BACK = <IconArrowBackUp size={18} aria-hidden />;
const DOWNLOAD = <IconDownload size={18} aria-hidden />;
const EYE = <IconEye size={18} aria-hidden />;
const PENCIL = <IconPencil size={18} aria-hidden />;
const TRASH = <IconTrash size={18} aria-hidden />;

/** What rows ask of their list. The functions stay the same, so that rows do not change with them. */
export type RowHandlers = {
  toggle: (index: number, range: boolean) => void;
  preview: (index: number) => void;
  download: (document: Document) => void;
  edit: (document: Document) => void;
  remove: (document: Document) => void;
  keep: (document: Document) => void;
  restore: (document: Document) => void;
};

type Props = {
  document: Document;
  index: number;
  marked: boolean;
  current: boolean;
  setting: RowSetting;
};

/** Plain buttons, as there are hundreds of them while a long list is scrolled through. */
export function RowActions({ document, index, marked, current, setting }: Props) {
  const { on, trash, canDelete, canChange, marks, t } = setting;
  const name = document.file_name;
  const there = isAvailable(document);
  const shared = { tabIndex: current ? 0 : -1, type: "button", className: classes.action } as const;
  const named = (label: string) => ({ ...shared, "aria-label": label, title: label });

  if (trash) {
    if (!canDelete) return null;
    return (
      <button {...named(t("row.restore", { name }))} onClick={() => on.restore(document)}>
        {BACK}
      </button>
    );
  }
  if (marked) {
    return (
      <button
        {...shared}
        className={classes.keep}
        aria-label={t("row.keepNamed", { name })}
        onClick={() => on.keep(document)}
      >
        {BACK}
        {t("row.keep")}
      </button>
    );
  }
  return (
    <>
      {canPreview(document) && (
        <button {...named(t("row.preview", { name }))} onClick={() => on.preview(index)}>
          {EYE}
        </button>
      )}
      {there && (
        <button {...named(t("row.download", { name }))} onClick={() => on.download(document)}>
          {DOWNLOAD}
        </button>
      )}
      {there && canChange && (
        <button {...named(t("row.edit", { name }))} onClick={() => on.edit(document)}>
          {PENCIL}
        </button>
      )}
      {there && canDelete && !document.legal_hold && (
        <button
          {...named(marks ? t("row.mark", { name }) : t("row.delete", { name }))}
          onClick={() => on.remove(document)}
        >
          {TRASH}
        </button>
      )}
    </>
  );
}
