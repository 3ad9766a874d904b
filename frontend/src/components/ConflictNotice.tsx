import { Alert, Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** One field that somebody else changed; `mine` is null where it was not changed here. */
export type ConflictRow = { name: string; label: string; theirs: ReactNode; mine: ReactNode };

type Props = { rows: ConflictRow[]; onKeep: () => void; onLoad: () => void };

/** Show what somebody else changed meanwhile; nothing is lost whatever is chosen. */
export function ConflictNotice({ rows, onKeep, onLoad }: Props) {
  const { t } = useTranslation("records");
  return (
    <Alert
      color="orange"
      icon={<IconGitMerge aria-hidden />}
      title={t("conflict.title")}
      role="alert"
    >
      <Stack gap="sm">
        <Text size="sm">{t("conflict.text")}</Text>
        {rows.length === 0 ? (
          <Text size="sm">{t("conflict.unseen")}</Text>
        ) : (
          <ScrollArea type="auto">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("conflict.field")}</Table.Th>
                  <Table.Th>{t("conflict.theirs")}</Table.Th>
                  <Table.Th>{t("conflict.yours")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.name}>
                    <Table.Th scope="row">{row.label}</Table.Th>
                    <Table.Td>{row.theirs || t("conflict.empty")}</Table.Td>
                    <Table.Td>{row.mine ?? "–"}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        )}
        <Group>
          <Button size="xs" onClick={onKeep}>
            {t("conflict.keep")}
          </Button>
          <Button size="xs" variant="default" onClick={onLoad}>
            {t("conflict.load")}
          </Button>
        </Group>
        <Text size="xs">{t("conflict.loadHint")}</Text>
      </Stack>
    </Alert>
  );
}
