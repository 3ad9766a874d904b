import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { Loaded } from "@/components/states";
import { useDates } from "@/components/useDates";
import { Panel } from "../Panel";
import { Rows } from "../Rows";

const ALL = 200; // the list comes in the order of entry, so that the newest are looked for in it
const SHOWN = 5;

/** Return the newest results; those without a day come last. */
const latest = (results: Schema<"LabResult">[]): Schema<"LabResult">[] =>
  [...results]
    .sort((one, other) => (other.resulted_on ?? "").localeCompare(one.resulted_on ?? ""))
    .slice(0, SHOWN);

/** The newest results of the laboratory. */
export function LatestResults({ patientId }: { patientId: string }) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  const query = useQuery({
    queryKey: ["lab-results", "latest", patientId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/lab-results", {
          params: { query: { patient: patientId, status: "resulted", page_size: ALL } },
          signal,
        }),
      ),
  });
  return (
    <Panel title={t("mine.results")}>
      <Loaded query={query}>
        {({ results }) => (
          <Rows
            none={t("mine.noResults")}
            rows={latest(results).map((one) => ({
              key: one.id,
              main: (
                <>
                  <Anchor component={Link} display="block" to={`/lab-results/${one.id}`} py={4}>
                    {one.test_name}
                  </Anchor>
                  <Text size="sm">{[one.value, one.unit].filter(Boolean).join(" ")}</Text>
                </>
              ),
              side: dates.day(one.resulted_on),
            }))}
          />
        )}
      </Loaded>
    </Panel>
  );
}
