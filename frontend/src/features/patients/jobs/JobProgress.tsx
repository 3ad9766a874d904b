import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useDates } from "@/components/useDates";
import { isAtWork, type Job, percent, processed } from "./job";

/** A bar, and in words how many rows have had their turn. */
export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation("patients");
  const { number } = useDates();
  const share = percent(job);
  const done = number(processed(job));
  const { total } = job.counts;
  return (
    <div>
      <Progress.Root size="lg">
        <Progress.Section
          value={share ?? 100}
          animated={isAtWork(job)}
          aria-label={t("job.progress")}
          {...(share === null ? { "aria-valuenow": undefined } : {})}
        />
      </Progress.Root>
      <Text size="sm" mt={4}>
        {total === null
          ? t("job.counting", { done })
          : t("job.counted", { done, total: number(total) })}
      </Text>
    </div>
  );
}
