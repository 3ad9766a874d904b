import { SimpleGrid, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { Loaded } from "@/components/states";
import { INVITE_STATES, STATUSES } from "@/features/patients/filter";
import { Figures } from "./Figures";
import { FollowUps } from "./FollowUps";
import { HealthPanel } from "./HealthPanel";
import { JobsPanel } from "./JobsPanel";
import { LastUploads } from "./LastUploads";
import { Panel } from "./Panel";
import { PendingInvites } from "./PendingInvites";
import { useDashboard } from "./useDashboard";

/** The dashboard of the clinic's staff. */
export function StaffHome() {
  const { t } = useTranslation("dashboard");
  const { can } = useSession();
  const query = useDashboard();
  return (
    <>
      <PageHead title={t("title")} />
      <Stack>
        <Loaded query={query}>{(found) => <Overview found={found} />}</Loaded>
        {/* Where the numbers cannot be had, this may say why. */}
        {query.isError && !query.data && can("system.view") && <HealthPanel />}
      </Stack>
    </>
  );
}

function Overview({ found }: { found: Schema<"Overview"> }) {
  const { t } = useTranslation("dashboard");
  const { can } = useSession();
  const words = useTranslation("patients").t;
  const statuses = STATUSES.map((status) => ({
    label: words(`statuses.${status}`),
    count: found.patients_by_status[status] ?? 0,
    to: `/patients?status=${status}`,
  }));
  const invites = INVITE_STATES.map((state) => ({
    label: words(`invites.${state}`),
    count: found.patients_by_invite_state[state] ?? 0,
    to: `/patients?invite_state=${state}`,
  }));
  const records = [
    { label: t("records"), count: found.medical_records, to: "/medical-records" },
    { label: t("drafts"), count: found.drafts, to: "/medical-records?status=draft" },
    { label: t("labResults"), count: found.lab_results, to: "/lab-results" },
  ];
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t("patients")}>
          <Figures figures={statuses} cols={4} />
        </Panel>
        <Panel title={t("recordsTitle")}>
          <Figures figures={records} cols={3} />
        </Panel>
      </SimpleGrid>
      <Panel title={t("logins")}>
        <Figures figures={invites} cols={5} />
      </Panel>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <FollowUps due={found.follow_ups} count={found.follow_ups_due} />
        <LastUploads uploads={found.last_uploads} />
        <PendingInvites invites={found.pending_invites} />
        <Stack>
          {(can("jobs.view") || can("jobs.own")) && <JobsPanel />}
          {can("system.view") && <HealthPanel />}
        </Stack>
      </SimpleGrid>
    </>
  );
}
