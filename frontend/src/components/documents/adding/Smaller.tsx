import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatSize } from "../files";
import type { PendingFile } from "../pending";
import { canShrink } from "../pictures/shrink";

type Props = { row: PendingFile; onShrink: () => void; onUndo: () => void };

/** The offer to make a picture smaller; then what it was and is, and the way back. */
export function Smaller({ row, onShrink, onUndo }: Props) {
  const { t } = useTranslation("uploads");
  const { file, original, status } = row;
  if (status !== "idle" && status !== "error") return null;
  if (row.problem?.kind === "unknown") return null; // it may be there, as it was
  if (original !== null) {
    const sizes = { before: formatSize(original.size), after: formatSize(file.size) };
    return (
      <Group gap="xs">
        <Text size="xs">{t("smaller.done", sizes)}</Text>
        <Button
          size="compact-xs"
          variant="subtle"
          aria-label={t("smaller.undoName", { name: original.name })}
          onClick={onUndo}
        >
          {t("smaller.undo")}
        </Button>
      </Group>
    );
  }
  if (!canShrink(file)) return null;
  return (
    <Group gap="xs">
      <Button
        size="compact-xs"
        variant="light"
        aria-label={t("smaller.offerName", { name: file.name })}
        onClick={onShrink}
      >
        {t("smaller.offer")}
      </Button>
      <Text size="xs" c="dimmed">
        {t("smaller.hint")}
      </Text>
    </Group>
  );
}
