import { Button, Group, Paper, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { isOpen, isUnderWay } from "../pending";
import type { Manager } from "../useDocumentManager";
import classes from "./SaveBar.module.css";

type Props = { manager: Manager; onDiscard: () => void };

/** What waits to be saved, where no form around it saves. */
export function SaveBar({ manager, onDiscard }: Props) {
  const { t } = useTranslation("uploads");
  const { files, marks, refusals, saving, isChanged } = manager;
  const refused = refusals.size;
  const uploads = files.filter(isOpen).length - refused;
  const parts = [
    uploads > 0 && t("bar.upload", { count: uploads }),
    marks.length > 0 && t("bar.delete", { count: marks.length }),
    refused > 0 && t("bar.refused", { count: refused }),
  ].filter(Boolean);
  if (!isChanged && !saving) return null;
  const running = files.filter(isUnderWay);
  const done = files.filter(({ status }) => status === "done").length;
  return (
    <Paper withBorder p="xs" className={classes.bar} role="group" aria-label={t("bar.name")}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={500}>
          {running.length > 0
            ? t("bar.saving", { done, all: done + running.length })
            : parts.join(", ")}
        </Text>
        <Group gap="xs">
          {running.length > 0 ? (
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                for (const { id } of running) manager.cancel(id);
              }}
            >
              {t("bar.cancelAll")}
            </Button>
          ) : (
            <Button variant="default" size="xs" disabled={saving} onClick={onDiscard}>
              {t("bar.discard")}
            </Button>
          )}
          <Button
            size="xs"
            loading={saving}
            disabled={uploads + marks.length === 0}
            onClick={() => void manager.save()}
          >
            {t("bar.save")}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}
