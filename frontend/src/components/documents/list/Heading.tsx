import { VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "./FileList.module.css";
import type { Sort, SortName } from "./types";

type Props = {
  sort: Sort;
  onSort: (name: SortName) => void;
  selectable: boolean;
  trash: boolean;
};

/** The heading of the columns; those that the server can sort by are buttons. */
export function Heading({ sort, onSort, selectable, trash }: Props) {
  const { t } = useTranslation("files");
  const hidden = (name: "select" | "picture" | "actions", className?: string) => (
    <div role="columnheader" className={className}>
      <VisuallyHidden>{t(`columns.${name}`)}</VisuallyHidden>
    </div>
  );
  const sorted = (name: SortName) => <Sorted {...{ name, sort, onSort }} />;
  const plain = (name: "category" | "dated" | "purged") => (
    <div role="columnheader">{t(`columns.${name}`)}</div>
  );
  return (
    <div role="rowgroup" className={classes.heading}>
      <div role="row" aria-rowindex={1} className={classes.columns}>
        {selectable && hidden("select", classes.select)}
        {hidden("picture")}
        {sorted("name")}
        {sorted("type")}
        {sorted("size")}
        {plain("category")}
        {plain("dated")}
        {trash ? plain("purged") : sorted("uploaded")}
        {hidden("actions")}
      </div>
    </div>
  );
}

function Sorted({ name, sort, onSort }: Pick<Props, "sort" | "onSort"> & { name: SortName }) {
  const { t } = useTranslation("files");
  const up = sort === name;
  const down = sort === `-${name}`;
  const Arrow = down ? IconArrowDown : IconArrowUp;
  return (
    <div role="columnheader" aria-sort={up ? "ascending" : down ? "descending" : "none"}>
      <button type="button" className={classes.sort} onClick={() => onSort(name)}>
        {t(`columns.${name}`)}
        {(up || down) && <Arrow size={14} aria-hidden />}
      </button>
    </div>
  );
}
