import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { isAborted } from "@/api/problem";
import type { Schema } from "@/api/types";
import { saveText } from "@/components/saveText";
import { Loaded, useErrorText } from "@/components/states";
import { Problem } from "@/features/session/Problem";
import { csvOf } from "./csv";
import { useAllFailures, useFailures } from "./useFailures";

/** The server says `line 3`; the title of the column says so already. */
const lineOf = ({ source_id }: Pick<Schema<"JobFailure">, "source_id">): string =>
  source_id.replace(/^line /, "");

/** The rows that were refused, with the reason and what to do; also as a file. */
export function Failures({ id, isAtWork }: { id: string; isAtWork: boolean }) {
  const { t } = useTranslation("patients");
  const common = useTranslation().t;
  const text = useErrorText();
  const query = useFailures(id, isAtWork);
  const all = useAllFailures(id, (failures) =>
    saveText(
      t("job.downloadName"),
      csvOf([
        [t("import.line"), t("job.reason"), t("job.remedy")],
        ...failures.map((one) => [lineOf(one), one.detail || (one.code ?? ""), one.remedy ?? ""]),
      ]),
      "text/csv",
    ),
  );
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {t("job.failures")}
        </Title>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={all.isPending}
          onClick={() => all.mutate()}
        >
          {t("job.download")}
        </Button>
      </Group>
      <Text size="sm">{t("job.failuresHint")}</Text>
      {all.isError && !isAborted(all.error) && <Problem>{text(all.error)}</Problem>}
      <Loaded query={query}>
        {({ pages }) => (
          <Table.ScrollContainer minWidth={480}>
            <Table withTableBorder verticalSpacing={4}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("import.line")}</Table.Th>
                  <Table.Th>{t("job.reason")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {pages
                  .flatMap((one) => one.results)
                  .map((one) => (
                    <Table.Tr key={one.id}>
                      <Table.Td>{lineOf(one)}</Table.Td>
                      <Table.Td>
                        {one.detail || one.code}
                        {one.remedy && <Text size="sm">{one.remedy}</Text>}
                      </Table.Td>
                    </Table.Tr>
                  ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
      {query.hasNextPage && (
        <Group>
          <Button
            variant="subtle"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {common("more")}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
