import { Button, Group, Stack, Text } from "@mantine/core";
import { type RefObject, useRef } from "react";
import { useTranslation } from "react-i18next";
import { canShrink } from "../pictures/shrink";
import { useShrink } from "../pictures/useShrink";
import type { Manager } from "../useDocumentManager";
import { PendingRow } from "./PendingRow";
import classes from "./PendingRow.module.css";

type Props = {
  manager: Manager;
  categories: string[];
  /** Where focus goes when the last file was taken out. */
  chooseButton: RefObject<HTMLButtonElement | null>;
};

/** The files that were chosen and are not saved yet. */
export function PendingList({ manager, categories, chooseButton }: Props) {
  const { t } = useTranslation("uploads");
  const { files, refusals, target, dispatch } = manager;
  const { shrink, undo } = useShrink(dispatch);
  const list = useRef<HTMLUListElement>(null);
  if (files.length === 0) return null;

  const large = files.filter(
    ({ file, original, status }) => status === "idle" && original === null && canShrink(file),
  );
  const remove = (id: string) => {
    const at = files.findIndex((one) => one.id === id);
    const next = files[at + 1] ?? files[at - 1];
    dispatch({ type: "removed", id });
    const button = next && list.current?.querySelector(`[data-remove="${next.id}"]`);
    if (button instanceof HTMLElement) button.focus();
    else chooseButton.current?.focus();
  };

  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={500} size="sm">
          {t("list.title")}
        </Text>
        {large.length > 1 && (
          <Button size="compact-xs" variant="light" onClick={() => void shrink(large)}>
            {t("smaller.all", { count: large.length })}
          </Button>
        )}
      </Group>
      <ul ref={list} className={classes.list} aria-label={t("list.title")}>
        {files.map((row) => (
          <PendingRow
            key={row.id}
            row={row}
            refusal={refusals.get(row.id)}
            categories={categories}
            isResumed={manager.isResumed(row.file)}
            canRetry={target !== undefined}
            onDescribe={(details) => dispatch({ type: "described", id: row.id, details })}
            onRemove={() => remove(row.id)}
            onCancel={() => manager.cancel(row.id)}
            onRetry={() => manager.retry(row.id)}
            onShrink={() => void shrink([row])}
            onUndo={() => undo(row)}
          />
        ))}
      </ul>
      {target === undefined && (
        <Text size="xs" c="dimmed">
          {t("list.later", { count: files.length })}
        </Text>
      )}
    </Stack>
  );
}
