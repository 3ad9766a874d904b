import { Button, Center, Stack } from "@mantine/core";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorState, Loaded } from "@/components/states";
import type { BaseDraft, BaseRecord, Kind } from "../kind";
import { useRecords } from "../useRecords";
import { CardsPage } from "./CardsPage";
import type { Filters } from "./useFilters";
import type { RecordNavigation } from "./useNavigation";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  filters: Filters;
  withPatient: boolean;
  navigation: RecordNavigation;
};

/** The cards that fit the filters, page by page. */
export function RecordList<R extends BaseRecord, D extends BaseDraft, B>(props: Props<R, D, B>) {
  const { kind, filters, ...shared } = props;
  const { t } = useTranslation("records");
  const query = useRecords(kind, filters.query);
  const asked = useRef(0); // the page that somebody asked for last
  return (
    <Loaded
      query={query}
      isEmpty={(data) => data.pages.every((page) => page.results.length === 0)}
      empty={
        filters.count > 0 ? (
          <EmptyState title={t("list.noneFiltered")}>
            <Button variant="default" onClick={filters.clear}>
              {t("list.clearFilters")}
            </Button>
          </EmptyState>
        ) : (
          <EmptyState title={t("list.none")} />
        )
      }
    >
      {(data) => (
        <Stack gap={0}>
          {data.pages.map((page, index) => (
            <CardsPage
              key={page.results[0]?.id ?? index}
              kind={kind}
              records={page.results}
              takesFocus={index > 0 && index === asked.current}
              {...shared}
            />
          ))}
          {query.isFetchNextPageError && (
            <ErrorState error={query.error} onRetry={() => void query.fetchNextPage()} />
          )}
          {query.hasNextPage && !query.isFetchNextPageError && (
            <Center>
              <Button
                variant="default"
                loading={query.isFetchingNextPage}
                onClick={() => {
                  asked.current = data.pages.length;
                  void query.fetchNextPage();
                }}
              >
                {t("list.more")}
              </Button>
            </Center>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
