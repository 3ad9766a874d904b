import { Badge } from "@mantine/core";
import type { TFunction } from "i18next";
import { memo } from "react";
import type { Document } from "@/api/types";
import { canPreview, categoryName, formatDate, formatSize, type Place, typeName } from "../files";
import classes from "./FileList.module.css";
import { RowActions, type RowHandlers } from "./RowActions";
import { Thumbnail } from "./Thumbnail";

/** What the list as a whole allows and shows; the same object for all of its rows. */
export type RowSetting = {
  trash: boolean;
  selectable: boolean;
  canDelete: boolean;
  canChange: boolean;
  marks: boolean;
  /** Names of kinds of records by slug, where rows say to which one they belong. */
  kinds: Record<string, string> | null;
  place: Place | undefined;
  /** Asked for once: hundreds of rows are drawn in a second. */
  t: TFunction<"files">;
  on: RowHandlers;
};

type Props = {
  document: Document;
  index: number;
  top: number;
  height: number;
  /** Its number among the rows of the grid, the heading included. */
  position: number;
  chosen: boolean;
  marked: boolean;
  /** The one row that the Tab key comes to. */
  current: boolean;
  setting: RowSetting;
};

/** One document. It is drawn again only when something of its own has changed. */
export const Row = memo(function Row(props: Props) {
  const { document, index, top, height, position, chosen, marked, current, setting } = props;
  const { selectable, trash, kinds, place, t, on } = setting;
  const kind = categoryName(kinds?.[document.entity_type] ?? "");
  const name = document.file_name;
  const category = categoryName(document.category);

  return (
    <div
      role="row"
      aria-rowindex={position}
      aria-selected={selectable ? chosen : undefined}
      className={classes.row}
      data-index={index}
      data-chosen={chosen || undefined}
      data-marked={marked || undefined}
      style={{ top, height }}
      tabIndex={current ? 0 : -1}
    >
      {selectable && (
        <div role="gridcell" className={classes.select}>
          <input
            type="checkbox"
            checked={chosen}
            tabIndex={current ? 0 : -1}
            aria-label={t("row.choose", { name })}
            onClick={(event) => on.toggle(index, event.shiftKey)}
            onChange={() => {}} // the click knows of the Shift key
          />
        </div>
      )}
      <div role="gridcell" className={classes.thumbnail}>
        <Thumbnail document={document} />
      </div>
      <div role="gridcell" className={classes.name}>
        {canPreview(document) ? (
          <button
            type="button"
            className={classes.open}
            tabIndex={current ? 0 : -1}
            title={name}
            onClick={() => on.preview(index)}
          >
            {name}
          </button>
        ) : (
          <span className={classes.title} title={name}>
            {name}
          </span>
        )}
        <span className={classes.note}>
          <Marks {...{ document, marked, trash, t }} />
          {[kind, document.description].filter(Boolean).join(" · ")}
        </span>
      </div>
      <div role="presentation" className={classes.facts}>
        <div role="gridcell">{typeName(document)}</div>
        <div role="gridcell">{formatSize(document.file_size, place?.locale)}</div>
        <div role="gridcell" title={category}>
          {category}
        </div>
        <div role="gridcell">{formatDate(document.document_date, place)}</div>
        <div role="gridcell" className={classes.uploaded}>
          {trash ? (
            <PurgedOn {...{ document, place, t }} />
          ) : (
            <Uploaded {...{ document, place, t }} />
          )}
        </div>
      </div>
      <div role="gridcell" className={classes.actions}>
        <RowActions {...{ document, index, marked, current, setting }} />
      </div>
    </div>
  );
});

type Shown = { document: Document; place: Place | undefined; t: TFunction<"files"> };

function Uploaded({ document, place, t }: Shown) {
  const date = formatDate(document.uploaded_at, place);
  const name = document.uploaded_by?.name;
  return (
    <>
      <span>{date}</span>
      {name && <span title={name}>{t("row.by", { name })}</span>}
    </>
  );
}

function PurgedOn({ document, place, t }: Shown) {
  return <>{formatDate(document.purged_on, place) || t("row.never")}</>;
}

type MarksProps = Pick<Shown, "document" | "t"> & { marked: boolean; trash: boolean };

function Marks({ document, marked, trash, t }: MarksProps) {
  const usual = trash ? "trashed" : "available";
  return (
    <>
      {marked && (
        <Badge size="sm" color="red" variant="dot" tt="none">
          {t("state.marked")}
        </Badge>
      )}
      {document.state !== usual && (
        <Badge
          size="sm"
          color="orange"
          variant="dot"
          tt="none"
          title={document.state_reason || undefined}
        >
          {t(`state.${document.state}`)}
        </Badge>
      )}
      {document.legal_hold && (
        <Badge size="sm" color="gray" variant="dot" tt="none">
          {t("state.hold")}
        </Badge>
      )}
    </>
  );
}
