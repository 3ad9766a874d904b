import { Button, Stack, Table, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { formatSize } from "@/components/documents/files";
import { EmptyState, Loaded } from "@/components/states";
import { useArchives } from "./useArchives";

/** The ZIPs that jobs have made for the member: how far each is, and until when it is there. */
export function Archives() {
  const { t } = useTranslation("trash");
  const { t: common } = useTranslation();
  const archives = useArchives();
  return (
    <Stack>
      <Text c="dimmed" size="sm">
        {t("zipsHint")}
      </Text>
      <Loaded
        query={archives}
        isEmpty={(found) => found.pages[0]?.results.length === 0}
        empty={<EmptyState title={t("zipsEmpty")} />}
      >
        {(found) => (
          <Table.ScrollContainer minWidth={480}>
            <Table aria-label={t("zipsLabel")} verticalSpacing="sm">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">{t("asked")}</Table.Th>
                  <Table.Th scope="col">{t("content")}</Table.Th>
                  <Table.Th scope="col">{t("state")}</Table.Th>
                  <Table.Th scope="col">{t("fetch")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {found.pages
                  .flatMap((page) => page.results)
                  .map((one) => (
                    <Archive key={one.id} archive={one} />
                  ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Loaded>
      {archives.hasNextPage && (
        <Button
          variant="default"
          loading={archives.isFetchingNextPage}
          onClick={() => void archives.fetchNextPage()}
        >
          {common("more")}
        </Button>
      )}
    </Stack>
  );
}

const STATES = ["making", "ready", "expired", "removed", "failed"] as const;

function Archive({ archive }: { archive: Schema<"ArchiveFile"> }) {
  const { t } = useTranslation("trash");
  const moment = useMoment();
  const asked = moment(archive.created_at);
  // A state that this page does not know yet is shown as the server calls it.
  const state = STATES.find((one) => one === archive.state);
  const when = archive.expires_at ? moment(archive.expires_at) : "";
  return (
    <Table.Tr>
      <Table.Td>{asked}</Table.Td>
      <Table.Td>
        <Text size="sm">{t(`kind.${archive.kind}`)}</Text>
        {archive.documents > 0 && (
          <Text size="xs" c="dimmed">
            {archive.size === null
              ? t("documents", { count: archive.documents })
              : t("documentsSize", { count: archive.documents, size: formatSize(archive.size) })}
          </Text>
        )}
        {archive.state === "ready" && !archive.complete && <Text size="xs">{t("incomplete")}</Text>}
      </Table.Td>
      <Table.Td>
        <span role="status">{state ? t(`states.${state}`, { when }) : archive.state}</span>
      </Table.Td>
      <Table.Td>
        {archive.download && (
          <Button
            component="a"
            href={archive.download}
            download
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
            aria-label={t("downloadOf", { when: asked })}
          >
            {t("download")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function useMoment() {
  const { locale, time_zone: timeZone } = useSession().me.account;
  const format = new Intl.DateTimeFormat(locale || undefined, {
    timeZone,
    dateStyle: "medium",
    timeStyle: "short",
  });
  return (moment: string) => format.format(new Date(moment));
}
