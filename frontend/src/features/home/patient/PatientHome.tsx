import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { PageHead } from "@/components/PageHead";
import { EmptyState, Loaded } from "@/components/states";
import { OnePatient } from "./OnePatient";
import { Whose } from "./Whose";

/** What patients and parents begin with: whose record it is, and the newest of it. */
export function PatientHome() {
  const { t } = useTranslation("dashboard");
  const [query, setQuery] = useSearchParams();
  const mine = useQuery({
    queryKey: ["patients", "mine"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/patients", { params: { query: { page_size: 50 } }, signal })),
  });
  return (
    <>
      <PageHead title={t("mine.title")} />
      <Loaded
        query={mine}
        isEmpty={(page) => page.results.length === 0}
        empty={<EmptyState title={t("mine.none")} />}
      >
        {({ results }) => {
          const asked = query.get("who");
          const who = results.find((one) => one.id === asked) ?? results[0];
          return (
            <Stack>
              {results.length > 1 && (
                <Whose
                  patients={results}
                  chosen={who?.id ?? ""}
                  onChoose={(id) => setQuery({ who: id }, { replace: true })}
                />
              )}
              {who && <OnePatient key={who.id} patient={who} />}
            </Stack>
          );
        }}
      </Loaded>
    </>
  );
}
