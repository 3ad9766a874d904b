import { Button, Center, Chip, Group, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { cursorOf, type Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { EmptyState, ErrorState, Loaded } from "@/components/states";
import { useDates } from "@/components/useDates";
import { TimelineEntry } from "./TimelineEntry";
import { kindsFor } from "./timelineKinds";

type Entry = Schema<"Timeline">;

/** All that happened to a patient, day by day, the latest first. */
export function Timeline({ patientId }: { patientId: string }) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const { can } = useSession();
  const { dayOf, longDay } = useDates();
  const [params, setParams] = useSearchParams();
  const kinds = (params.get("kind") ?? "").split(",").filter(Boolean);
  const query = useInfiniteQuery({
    queryKey: ["timeline", patientId, kinds],
    queryFn: ({ signal, pageParam }) =>
      unwrap(
        api.GET("/api/v1/patients/{id}/timeline", {
          params: {
            path: { id: patientId },
            query: {
              page_size: 50,
              ...(kinds.length > 0 ? { kind: kinds.join(",") } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next) ?? null,
  });
  const show = (chosen: string[]) =>
    setParams(chosen.length ? { kind: chosen.join(",") } : {}, { replace: true });
  return (
    <Stack>
      <Chip.Group multiple value={kinds} onChange={show}>
        <Group gap="xs" role="group" aria-label={t("timeline.show")}>
          {kindsFor(can).map((kind) => (
            <Chip key={kind} value={kind} size="sm">
              {t(`timeline.kinds.${kind}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Loaded
        query={query}
        isEmpty={(data) => data.pages.every((page) => page.results.length === 0)}
        empty={
          <EmptyState title={t(kinds.length ? "timeline.noneOfThese" : "timeline.none")}>
            {kinds.length > 0 && (
              <Button variant="default" onClick={() => show([])}>
                {t("timeline.all")}
              </Button>
            )}
          </EmptyState>
        }
      >
        {(data) => (
          <>
            {byDay(
              data.pages.flatMap((page) => page.results),
              dayOf,
            ).map(([day, entries]) => (
              <section key={day} aria-labelledby={`day-${day}`}>
                <Title order={2} size="h5" mb={4} id={`day-${day}`}>
                  {longDay(day)}
                </Title>
                <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: "none" }}>
                  {entries.map((entry) => (
                    <TimelineEntry
                      key={`${entry.kind} ${entry.id}`}
                      entry={entry}
                      patientId={patientId}
                    />
                  ))}
                </Stack>
              </section>
            ))}
            {query.isFetchNextPageError && (
              <ErrorState error={query.error} onRetry={() => void query.fetchNextPage()} />
            )}
            {query.hasNextPage && !query.isFetchNextPageError ? (
              <Center>
                <Button
                  variant="default"
                  loading={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {common("more")}
                </Button>
              </Center>
            ) : (
              <Text size="sm" c="dimmed" ta="center" role="status">
                {t("timeline.end")}
              </Text>
            )}
          </>
        )}
      </Loaded>
    </Stack>
  );
}

function byDay(entries: Entry[], dayOf: (iso: string) => string): [string, Entry[]][] {
  const days = new Map<string, Entry[]>();
  for (const entry of entries) {
    const day = dayOf(entry.at);
    days.set(day, [...(days.get(day) ?? []), entry]);
  }
  return [...days];
}
