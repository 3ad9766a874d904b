import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Mark } from "../pending";

type Props = { marks: Mark[]; onKeep: (id: string) => void };

/** The marked documents that could not be deleted, and why. */
export function MarkProblems({ marks, onKeep }: Props) {
  const { t } = useTranslation("uploads");
  return marks.flatMap(({ document, problem }) =>
    problem === null
      ? []
      : [
          <Alert key={document.id} color="red" role="alert" p="xs">
            <Group justify="space-between" gap="xs">
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                {t("marked.failed", {
                  name: document.file_name,
                  reason: problem || t("marked.gone"),
                })}
              </Text>
              <Button size="compact-xs" variant="default" onClick={() => onKeep(document.id)}>
                {t("marked.keep", { name: document.file_name })}
              </Button>
            </Group>
          </Alert>,
        ],
  );
}
