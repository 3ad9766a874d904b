import { Button, Group, Loader, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import classes from "./FileList.module.css";
import { Heading } from "./Heading";
import { Row, type RowSetting } from "./Row";
import type { Sort, SortName } from "./types";
import { HEIGHTS, useLevel } from "./useLevel";
import { useRowKeys } from "./useRowKeys";
import { type Rows, useRows } from "./useRows";

const EARLY = 30; // rows before the end at which the next page is asked for

type Props = {
  label: string;
  documents: readonly Document[];
  chosen: ReadonlySet<string>;
  marked: ReadonlySet<string>;
  setting: RowSetting;
  sort: Sort;
  onSort: (name: SortName) => void;
  /** Documents of other filters are shown until the ones asked for are there. */
  outdated: boolean;
  next: { more: boolean; status: "idle" | "loading" | "error"; load: () => void };
  /** Filled with what moves the focus to a row, for when a dialog has closed. */
  control: { current: Pick<Rows, "focusRow" | "toTop"> & { at: number } };
};

/** The rows themselves: only those that are seen, and a few around them, are in the page. */
export function Grid(props: Props) {
  const { label, documents, chosen, marked, setting, sort, onSort, outdated, next, control } =
    props;
  const { t } = useTranslation("files");
  const outer = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const level = useLevel(outer);
  const height = HEIGHTS[level];
  const rows = useRows({ box, count: documents.length, height });
  const onKeyDown = useRowKeys(rows, documents, setting);
  const headed = level === "table" ? 1 : 0;

  const items = rows.virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const wantsMore = next.more && next.status === "idle" && !outdated;
  useEffect(() => {
    if (wantsMore && last >= documents.length - EARLY) next.load();
  }, [wantsMore, last, documents.length, next]);

  useEffect(() => {
    control.current = { focusRow: rows.focusRow, toTop: rows.toTop, at: rows.current };
  });

  return (
    <div
      ref={outer}
      className={classes.outer}
      data-level={level}
      data-outdated={outdated || undefined}
    >
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={next.more ? -1 : documents.length + headed}
        aria-multiselectable={setting.selectable}
        aria-busy={outdated || next.status === "loading"}
        data-selectable={setting.selectable || undefined}
        className={classes.grid}
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const row = event.target.closest<HTMLElement>("[data-index]");
          if (row) rows.setCurrent(Number(row.dataset.index));
        }}
      >
        {headed === 1 && (
          <Heading {...{ sort, onSort, selectable: setting.selectable, trash: setting.trash }} />
        )}
        <div role="rowgroup" ref={box} className={classes.scroll} tabIndex={-1}>
          <div
            role="presentation"
            className={classes.all}
            style={{ height: documents.length * height }}
          >
            {items.map(({ index }) => {
              const document = documents[index];
              if (!document) return null;
              return (
                <Row
                  key={document.id}
                  {...{ document, index, height, setting }}
                  top={index * height}
                  position={index + headed + 1}
                  chosen={chosen.has(document.id)}
                  marked={marked.has(document.id)}
                  current={index === rows.current}
                />
              );
            })}
          </div>
        </div>
      </div>
      {next.status === "loading" && (
        <Group justify="center" p="xs" className={classes.next}>
          <Loader size="xs" aria-hidden />
        </Group>
      )}
      {next.status === "error" && (
        <Group justify="center" p="xs" role="alert">
          <Text size="sm">{t("loaded.nextFailed")}</Text>
          <Button size="compact-sm" variant="default" onClick={next.load}>
            {t("retry", { ns: "common" })}
          </Button>
        </Group>
      )}
    </div>
  );
}
