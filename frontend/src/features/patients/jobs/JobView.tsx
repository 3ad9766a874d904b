import { Alert, Badge, Button, Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isGone } from "@/api/problem";
import { useSession } from "@/app/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { Loaded, useErrorText } from "@/components/states";
import { useDates } from "@/components/useDates";
import { Problem } from "@/features/session/Problem";
import { Failures } from "./Failures";
import { JobProgress } from "./JobProgress";
import { canCancel, canPause, canResume, isAtWork, isOver, type Job, stateOf } from "./job";
import { useJob, useJobWish } from "./useJob";

/** How far a job is, what became of its rows, and what can be done with it. */
export function JobView({ id }: { id: string }) {
  const { t } = useTranslation("patients");
  const query = useJob(id);
  if (isGone(query.error)) return <Problem>{t("job.gone")}</Problem>;
  return <Loaded query={query}>{(job) => <Known job={job} />}</Loaded>;
}

function Known({ job }: { job: Job }) {
  const { t } = useTranslation("patients");
  const { number } = useDates();
  const counted = [
    ["added", job.counts.done],
    ["skipped", job.counts.skipped],
    ["failed", job.counts.failed],
  ] as const;
  const name = stateOf(job);
  return (
    <Stack w="100%">
      <Paper withBorder p="md">
        <Stack>
          <Group>
            <Badge role="status" size="lg" tt="none" variant="dot" color={colorOf(job)}>
              {t(`job.states.${name}`)}
            </Badge>
            <Wishes job={job} />
          </Group>
          <JobProgress job={job} />
          <SimpleGrid cols={3}>
            {counted.map(([label, count]) => (
              <div key={label}>
                <Text size="xl" fw={700}>
                  {number(count)}
                </Text>
                <Text size="sm" c="dimmed">
                  {t(`job.${label}`)}
                </Text>
              </div>
            ))}
          </SimpleGrid>
          {job.stop_detail && !isOver(job) && <Alert color="orange">{job.stop_detail}</Alert>}
        </Stack>
      </Paper>
      {job.counts.failed > 0 && <Failures id={job.id} isAtWork={isAtWork(job)} />}
    </Stack>
  );
}

function colorOf(job: Job): string {
  if (job.state === "succeeded") return "teal";
  if (isOver(job) || job.state === "paused" || job.state === "interrupted") return "orange";
  return job.state === "failed" ? "red" : "blue";
}

function Wishes({ job }: { job: Job }) {
  const { t } = useTranslation("patients");
  const { can } = useSession();
  const text = useErrorText();
  const [asking, setAsking] = useState(false);
  const wish = useJobWish(job.id);
  if (!can("jobs.change")) return null;
  const shared = { size: "compact-sm", variant: "default", disabled: wish.isPending } as const;
  return (
    <>
      {canPause(job) && (
        <Button {...shared} onClick={() => wish.run("pause")}>
          {t("job.pause")}
        </Button>
      )}
      {canResume(job) && (
        <Button {...shared} onClick={() => wish.run("resume")}>
          {t("job.resume")}
        </Button>
      )}
      {canCancel(job) && (
        <Button {...shared} onClick={() => setAsking(true)}>
          {t("job.cancel")}
        </Button>
      )}
      {wish.isError && <Problem>{text(wish.error)}</Problem>}
      <ConfirmDialog
        opened={asking}
        title={t("job.cancelTitle")}
        text={t("job.cancelHint")}
        confirm={t("job.cancel")}
        cancel={t("job.cancelKeep")}
        danger
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          wish.run("cancel");
        }}
      />
    </>
  );
}
