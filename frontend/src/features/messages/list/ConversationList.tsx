import {
  Button,
  CloseButton,
  Group,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  VisuallyHidden,
} from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState, ErrorState, Loaded } from "@/components/states";
import { isRefused } from "../data/refusals";
import type { useConversations } from "../data/useConversations";
import { usePatient } from "../data/usePatients";
import classes from "../messages.module.css";
import { useTimes } from "../times";
import { Row } from "./Row";
import type { Filtered, Shown } from "./useListFilters";

type Props = {
  filtered: Filtered;
  conversations: ReturnType<typeof useConversations>;
  current: string;
};

/** The conversations that are looked for, the last spoken to first. */
export function ConversationList({ filtered, conversations, current }: Props) {
  const { t } = useTranslation("messages");
  const { t: common } = useTranslation();
  const times = useTimes();
  const { filters, shown, words } = filtered;
  const isFiltered = shown !== "all" || filters.search !== "" || filters.patient !== "";
  return (
    <nav className={classes.side} aria-label={t("list.label")}>
      <Stack gap="xs" mb="xs">
        <TextInput
          type="search"
          aria-label={t("list.search")}
          placeholder={t("list.searchHint")}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={words}
          maxLength={100}
          onChange={(event) => filtered.setWords(event.currentTarget.value)}
        />
        <SegmentedControl<Shown>
          size="xs"
          fullWidth
          aria-label={t("list.filter")}
          value={shown}
          onChange={filtered.show}
          data={[
            { value: "all", label: t("list.all") },
            { value: "unread", label: t("list.unread") },
            { value: "unmatched", label: t("list.unmatched") },
          ]}
        />
        {filters.patient && <OnlyOf id={filters.patient} onRemove={filtered.forgetPatient} />}
      </Stack>
      <div className={classes.rows}>
        {isRefused(conversations.error) ? (
          // What was loaded before it is not shown on.
          <ErrorState error={conversations.error} onRetry={() => void conversations.refetch()} />
        ) : (
          <Loaded
            query={conversations}
            isEmpty={(found) => found.pages[0]?.results.length === 0}
            empty={<EmptyState title={t(isFiltered ? "list.empty" : "list.emptyAll")} />}
          >
            {(found) => {
              const rows = found.pages.flatMap((page) => page.results);
              return (
                <>
                  <VisuallyHidden role="status">
                    {t("list.loaded", { count: rows.length })}
                  </VisuallyHidden>
                  <ul className={classes.plain}>
                    {rows.map((one) => (
                      <li key={one.id}>
                        <Row
                          conversation={one}
                          to={`/messages/${one.id}${filtered.search}`}
                          current={one.id === current}
                          times={times}
                        />
                      </li>
                    ))}
                  </ul>
                </>
              );
            }}
          </Loaded>
        )}
        {conversations.isFetchNextPageError && !isRefused(conversations.error) && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {t("list.moreFailed")}
          </Text>
        )}
        {conversations.hasNextPage && !isRefused(conversations.error) && (
          <Button
            variant="default"
            fullWidth
            mt="xs"
            loading={conversations.isFetchingNextPage}
            onClick={() => void conversations.fetchNextPage()}
          >
            {common("more")}
          </Button>
        )}
      </div>
    </nav>
  );
}

function OnlyOf({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { t } = useTranslation("messages");
  const { data } = usePatient(id);
  const name = data ? `${data.first_name} ${data.last_name}` : "…";
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="sm">{t("list.onlyOf", { name })}</Text>
      <CloseButton size="sm" aria-label={t("list.showAll")} onClick={onRemove} />
    </Group>
  );
}
