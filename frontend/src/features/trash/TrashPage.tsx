import { Stack, Tabs, Text } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useSession } from "@/app/session";
import { FileList } from "@/components/documents/list/FileList";
import { lazily } from "@/components/lazily";
import { PageHead } from "@/components/PageHead";
import { EmptyState, ForbiddenState, LoadingState } from "@/components/states";

const Archives = lazily(async () => (await import("./Archives")).Archives);

/** What was deleted and can come back, and the ZIPs that were made in the background. */
export default function TrashPage() {
  const { t } = useTranslation("trash");
  const { can } = useSession();
  return (
    <>
      <PageHead title={t("title")} />
      {can("documents.delete") ? <Trash /> : <ForbiddenState />}
    </>
  );
}

function Trash() {
  const { t } = useTranslation("trash");
  const [params, setParams] = useSearchParams();
  const tab = params.get("tab") === "zips" ? "zips" : "files";
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(next) => setParams(next === "zips" ? { tab: "zips" } : {}, { replace: true })}
    >
      <Tabs.List mb="md">
        <Tabs.Tab value="files">{t("files")}</Tabs.Tab>
        <Tabs.Tab value="zips">{t("zips")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="files">
        <Stack>
          <Text c="dimmed" size="sm">
            {t("filesHint")}
          </Text>
          <FileList
            scope="trash"
            label={t("filesLabel")}
            empty={<EmptyState title={t("filesEmpty")} />}
          />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="zips">
        <Suspense fallback={<LoadingState />}>
          <Archives />
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}
