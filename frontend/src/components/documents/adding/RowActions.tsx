import { ActionIcon, Group } from "@mantine/core";
import { IconPlayerStop, IconRefresh, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { RowProps } from "./PendingRow";

/** Cancel while it uploads; else try again, and take it out of the list. */
export function RowActions({ row, refusal, canRetry, onCancel, onRetry, onRemove }: RowProps) {
  const { t } = useTranslation("uploads");
  const { name } = row.file;
  if (row.status === "uploading") {
    return (
      <ActionIcon
        size="lg"
        variant="subtle"
        color="gray"
        aria-label={t("row.cancel", { name })}
        title={t("row.cancel", { name })}
        onClick={onCancel}
      >
        <IconPlayerStop size={18} aria-hidden />
      </ActionIcon>
    );
  }
  const isHeld = row.problem?.kind === "held";
  if (row.status === "loading" || (row.status === "done" && !isHeld)) return null;
  const remove = isHeld ? t("row.dismiss", { name }) : t("row.remove", { name });
  return (
    <Group gap={4} wrap="nowrap">
      {row.status === "error" && canRetry && refusal === undefined && (
        <ActionIcon
          size="lg"
          variant="light"
          aria-label={t("row.retry", { name })}
          title={t("row.retry", { name })}
          onClick={onRetry}
        >
          <IconRefresh size={18} aria-hidden />
        </ActionIcon>
      )}
      <ActionIcon
        size="lg"
        variant="subtle"
        color="gray"
        data-remove={row.id}
        aria-label={remove}
        title={remove}
        onClick={onRemove}
      >
        <IconX size={18} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
