import { Alert, Anchor, List } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { useSession } from "@/app/session";
import { useDates } from "@/components/useDates";
import { NOT_OVER, stateOf } from "../jobs/job";

/** Imports that somebody began before and left. What is not known of them is in nobody's way. */
export function RunningImports() {
  const { t } = useTranslation("patients");
  const { can } = useSession();
  const dates = useDates();
  const query = useQuery({
    queryKey: ["jobs", "imports"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/jobs", {
          params: {
            query: { kind: "import_patients", dry_run: false, state: [...NOT_OVER], page_size: 5 },
          },
          signal,
        }),
      ),
    enabled: can("jobs.view") || can("jobs.own"),
  });
  const jobs = query.data?.results ?? [];
  if (jobs.length === 0) return null;
  return (
    <Alert color="blue" title={t("import.running")} role="status">
      <List size="sm">
        {jobs.map((job) => (
          <List.Item key={job.id}>
            {t("import.started", { when: dates.moment(job.created_at) })} ·{" "}
            {t(`job.states.${stateOf(job)}`)} ·{" "}
            <Anchor component={Link} underline="always" to={`/patients/import?job=${job.id}`}>
              {t("import.watch")}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
