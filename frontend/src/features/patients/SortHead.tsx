import { Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import type { Sort } from "./filter";

type Props = {
  up: Sort;
  down: Sort;
  label: string;
  sort: Sort;
  onSort: (sort: Sort) => void;
};

/** A column's title that sorts by it, and the other way round when asked again. */
export function SortHead({ up, down, label, sort, onSort }: Props) {
  const Icon = sort === up ? IconArrowUp : sort === down ? IconArrowDown : IconArrowsSort;
  const now = sort === up ? "ascending" : sort === down ? "descending" : "none";
  return (
    <Table.Th aria-sort={now}>
      <UnstyledButton fw={700} fz="sm" onClick={() => onSort(sort === up ? down : up)}>
        {label} <Icon size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}
