import {
  ActionIcon,
  Button,
  Collapse,
  Group,
  NativeSelect,
  SimpleGrid,
  TextInput,
} from "@mantine/core";
import { IconAdjustmentsHorizontal, IconSearch, IconX } from "@tabler/icons-react";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { categoryName } from "../files";
import { NO_FILTERS, SORTS, type Sort } from "./types";
import type { FilterState } from "./useFilters";

/** Kinds of files by how their type begins, and by what names of theirs a policy lists them. */
const TYPES = [
  { key: "pdf", value: "application/pdf", names: [".pdf"] },
  { key: "picture", value: "image/", names: [".jpg", ".png", ".tiff", ".heic", ".gif"] },
  { key: "dicom", value: "application/dicom", names: [".dcm"] },
  { key: "text", value: "text/", names: [".txt", ".csv"] },
  { key: "json", value: "application/json", names: [".json"] },
  { key: "xml", value: "application/xml", names: [".xml"] },
  {
    key: "docx",
    value: "application/vnd.openxmlformats-officedocument.wordprocessingml",
    names: [".docx"],
  },
  { key: "doc", value: "application/msword", names: [".doc"] },
  {
    key: "xlsx",
    value: "application/vnd.openxmlformats-officedocument.spreadsheetml",
    names: [".xlsx"],
  },
  { key: "xls", value: "application/vnd.ms-excel", names: [".xls"] },
] as const;

const ORDERS: Sort[] = SORTS.flatMap((name): Sort[] =>
  name === "uploaded" ? ["-uploaded", "uploaded"] : [name, `-${name}`],
);

type Props = { state: FilterState; categories: string[]; extensions: string[]; busy: boolean };

/** Search and filters of a list of documents. All of it is done by the server. */
export function FilterBar({ state, categories, extensions, busy }: Props) {
  const { t } = useTranslation("files");
  const { filters, set } = state;
  const [open, setOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const id = useId();
  const types = TYPES.filter(({ names }) => names.some((name) => extensions.includes(name)));

  return (
    <div role="search" aria-busy={busy}>
      <Group gap="xs" wrap="nowrap" mb="xs">
        <TextInput
          ref={search}
          type="search"
          flex={1}
          aria-label={t("filter.search")}
          placeholder={t("filter.search")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={filters.search}
          onChange={(event) => set({ search: event.currentTarget.value })}
          maxLength={100}
          rightSection={
            filters.search && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("filter.clearSearch")}
                onClick={() => {
                  set({ search: "" });
                  search.current?.focus();
                }}
              >
                <IconX size={16} aria-hidden />
              </ActionIcon>
            )
          }
        />
        <Button
          variant={state.filtered && !open ? "light" : "default"}
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          {t("filter.show")}
        </Button>
      </Group>
      <Collapse expanded={open} id={id} transitionDuration={0}>
        <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="xs" mb="xs">
          <NativeSelect
            label={t("filter.category")}
            value={filters.category}
            onChange={(event) => set({ category: event.currentTarget.value })}
            data={[
              { value: "", label: t("filter.any") },
              ...categories.map((value) => ({ value, label: categoryName(value) })),
            ]}
          />
          <NativeSelect
            label={t("filter.type")}
            value={filters.fileType}
            onChange={(event) => set({ fileType: event.currentTarget.value })}
            data={[
              { value: "", label: t("filter.any") },
              ...types.map(({ key, value }) => ({ value, label: t(`types.${key}`) })),
            ]}
          />
          <NativeSelect
            label={t("sort.label")}
            value={filters.sort}
            onChange={(event) => {
              const found = ORDERS.find((one) => one === event.currentTarget.value);
              set({ sort: found ?? NO_FILTERS.sort });
            }}
            data={ORDERS.map((value) => ({ value, label: t(`sort.${value}`) }))}
          />
          <NativeSelect
            label={t("filter.dates")}
            value={filters.dates}
            onChange={(event) =>
              set({ dates: event.currentTarget.value === "dated" ? "dated" : "uploaded" })
            }
            data={(["uploaded", "dated"] as const).map((value) => ({
              value,
              label: t(`filter.${value}`),
            }))}
          />
          <TextInput
            type="date"
            label={t("filter.from")}
            value={filters.from}
            onChange={(event) => set({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t("filter.to")}
            value={filters.to}
            onChange={(event) => set({ to: event.currentTarget.value })}
            error={state.turned && t("filter.order")}
          />
        </SimpleGrid>
        {state.filtered && (
          <Button size="xs" variant="subtle" mb="xs" onClick={state.clear}>
            {t("filter.clear")}
          </Button>
        )}
      </Collapse>
    </div>
  );
}
