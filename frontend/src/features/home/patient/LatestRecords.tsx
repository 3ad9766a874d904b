import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import { Loaded } from "@/components/states";
import { useDates } from "@/components/useDates";
import { Panel } from "../Panel";
import { Rows } from "../Rows";

/** The newest reports of visits. */
export function LatestRecords({ patientId }: { patientId: string }) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  const query = useQuery({
    queryKey: ["medical-records", "latest", patientId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/medical-records", {
          params: { query: { patient: patientId, page_size: 5 } },
          signal,
        }),
      ),
  });
  return (
    <Panel title={t("mine.reports")}>
      <Loaded query={query}>
        {({ results }) => (
          <Rows
            none={t("mine.noReports")}
            rows={results.map((one) => ({
              key: one.id,
              main: (
                <Anchor component={Link} to={`/medical-records/${one.id}`} py={4}>
                  {one.diagnosis || one.chief_complaint || t("mine.report")}
                </Anchor>
              ),
              side: dates.moment(one.visit_date),
            }))}
          />
        )}
      </Loaded>
    </Panel>
  );
}
