import { Alert, Button, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { LEFT_OUT } from "./options";
import { useFieldName } from "./useFieldName";

type Props = {
  columns: Schema<"ImportColumn">[];
  known: string[];
  unknown: string[];
  /** What somebody has said of columns already. */
  chosen: Record<string, string>;
  onMap: (mapping: Record<string, string>) => void;
};

/** What each column is taken for; each can be said otherwise. */
export function Columns({ columns, known, unknown, chosen, onMap }: Props) {
  const { t } = useTranslation("patients");
  const fieldName = useFieldName();
  const data = [
    { value: "", label: t("import.undecided"), disabled: true },
    { value: LEFT_OUT, label: t("import.leaveOut") },
    ...known.map((value) => ({ value, label: fieldName(value) })),
  ];
  const titled = columns.filter(({ title }) => title !== "");
  return (
    <Stack gap="xs">
      {unknown.length > 0 && (
        <Alert color="orange" role="alert">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              {t("import.unknown", { count: unknown.length, titles: unknown.join(", ") })}
            </Text>
            <Button
              size="xs"
              variant="default"
              onClick={() => onMap(Object.fromEntries(unknown.map((one) => [one, LEFT_OUT])))}
            >
              {t("import.leaveAllOut")}
            </Button>
          </Stack>
        </Alert>
      )}
      <Table.ScrollContainer minWidth={360}>
        <Table withTableBorder verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("import.column")}</Table.Th>
              <Table.Th>{t("import.meaning")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {titled.map(({ title, field }) => (
              <Table.Tr key={title}>
                <Table.Td>{title}</Table.Td>
                <Table.Td>
                  <NativeSelect
                    size="xs"
                    aria-label={t("import.meaningOf", { title })}
                    data={data}
                    value={chosen[title] ?? field}
                    onChange={(event) => onMap({ [title]: event.currentTarget.value })}
                  />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}
