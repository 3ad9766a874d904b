import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSession } from "@/app/session";
import { Loaded } from "@/components/states";
import { JobProgress } from "@/features/patients/jobs/JobProgress";
import { type Job, stateOf } from "@/features/patients/jobs/job";
import { Panel } from "./Panel";
import { useJobs } from "./useJobs";

const KINDS = [
  "import_patients",
  "backup_account",
  "restore_account",
  "rollback",
  "filemaker_documents",
  "filemaker_images",
  "legacy_lab_result_files",
] as const;

/** Long work that is not over, and how far it is. */
export function JobsPanel() {
  const { t } = useTranslation("dashboard");
  const query = useJobs();
  return (
    <Panel title={t("jobs")}>
      <Loaded
        query={query}
        isEmpty={(page) => page.results.length === 0}
        empty={<Text size="sm">{t("noJobs")}</Text>}
      >
        {(page) => (
          <Stack>
            {page.results.map((job) => (
              <OneJob key={job.id} job={job} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}

function OneJob({ job }: { job: Job }) {
  const { t } = useTranslation("dashboard");
  const words = useTranslation("patients").t;
  const { can } = useSession();
  const kind = KINDS.find((one) => one === job.kind);
  const name = kind ? t(`kinds.${kind}`) : job.kind.replaceAll("_", " ");
  return (
    <div>
      <Group justify="space-between">
        {job.kind === "import_patients" && can("patients.add") ? (
          <Anchor component={Link} to={`/patients/import?job=${job.id}`}>
            {name}
          </Anchor>
        ) : (
          <Text>{name}</Text>
        )}
        <Badge variant="dot" tt="none">
          {words(`job.states.${stateOf(job)}`)}
        </Badge>
      </Group>
      <JobProgress job={job} />
    </div>
  );
}
