import { Button, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { saveText } from "@/components/saveText";
import { Problem } from "@/features/session/Problem";
import { csvOf } from "../jobs/csv";
import { useFieldName } from "./useFieldName";
import type { AtOnce } from "./useImport";

type Props = { result: AtOnce; onAgain: () => void };

/** What became of a small file. */
export function AtOnceResult({ result, onAgain }: Props) {
  const { t } = useTranslation("patients");
  const fieldName = useFieldName();
  const refused = result.results
    .filter((line) => line.status === "error")
    .map((line) => ({
      line: line.line,
      why: line.errors.map((one) => `${fieldName(one.field)}: ${one.message}`).join(" "),
    }));
  const download = () =>
    saveText(
      t("job.downloadName"),
      csvOf([
        [t("import.line"), t("job.reason")],
        ...refused.map(({ line, why }) => [String(line), why]),
      ]),
      "text/csv",
    );
  return (
    <Stack>
      <Problem good={result.count > 0}>{t("import.done", { count: result.count })}</Problem>
      {refused.length > 0 && (
        <>
          <Text role="alert">{t("import.notDone", { count: refused.length })}</Text>
          <Table withTableBorder>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("import.line")}</Table.Th>
                <Table.Th>{t("job.reason")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {refused.map(({ line, why }) => (
                <Table.Tr key={line}>
                  <Table.Td>{line}</Table.Td>
                  <Table.Td>{why}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
      <Group>
        {refused.length > 0 && (
          <Button variant="default" onClick={download}>
            {t("job.download")}
          </Button>
        )}
        <Button onClick={onAgain}>{t("import.another")}</Button>
      </Group>
    </Stack>
  );
}
