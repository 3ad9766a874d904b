import { Button, Group, Paper, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LoadingState } from "@/components/states";
import { useTemplates } from "../data/useTemplates";
import classes from "../messages.module.css";

type Props = {
  id: string;
  hasText: boolean;
  error: string | undefined;
  disabled: boolean;
  onRemove: () => void;
};

/** A template in the place of a text of one's own, which is kept meanwhile. */
export function ChosenTemplate({ id, hasText, error, disabled, onRemove }: Props) {
  const { t } = useTranslation("messages");
  const { data } = useTemplates(true);
  const template = data?.find((one) => one.id === id);
  return (
    <Paper withBorder p="xs">
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm">
          {t("reply.templateChosen", { name: template?.name ?? "…" })}
        </Text>
        <Button size="compact-sm" variant="subtle" disabled={disabled} onClick={onRemove}>
          {t("reply.removeTemplate")}
        </Button>
      </Group>
      {template ? (
        <Text size="sm" className={classes.text}>
          {template.body}
        </Text>
      ) : data ? (
        <Text size="sm">{t("reply.templateGone")}</Text>
      ) : (
        <LoadingState />
      )}
      <Text size="xs" c="dimmed">
        {t("reply.templateHint")} {hasText && t("reply.templateKept")}
      </Text>
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
    </Paper>
  );
}
