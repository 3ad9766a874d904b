import { SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { useRoleName } from "@/features/session/useRoleName";
import { HealthPanel } from "./HealthPanel";
import { JobsPanel } from "./JobsPanel";
import { Panel } from "./Panel";

/** For those who see no patients: developers and research partners. */
export function OtherHome() {
  const { t } = useTranslation("dashboard");
  const { me, can } = useSession();
  const roleName = useRoleName();
  const research = can("research.view");
  return (
    <>
      <PageHead title={t("title")} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title={t("other.title", { role: roleName(me.role) })}>
          <Text>{t("other.hint")}</Text>
          {research && <Text>{t("other.research")}</Text>}
        </Panel>
        {(can("jobs.view") || can("jobs.own")) && <JobsPanel />}
        {can("system.view") && <HealthPanel />}
      </SimpleGrid>
    </>
  );
}
