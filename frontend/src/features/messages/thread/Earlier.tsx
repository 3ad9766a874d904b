import { Button, Center, Group, Loader, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { useThread } from "../data/useThread";

/** What stands above the first message that is loaded. */
export function Earlier({ history }: { history: ReturnType<typeof useThread>["history"] }) {
  const { t } = useTranslation("messages");
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, data } = history;
  if (!hasNextPage) {
    const several = (data?.pages.length ?? 0) > 1;
    return several ? (
      <Text size="xs" c="dimmed" ta="center">
        {t("thread.beginning")}
      </Text>
    ) : null;
  }
  return (
    <Center role="status">
      {isFetchingNextPage ? (
        <Group gap="xs">
          <Loader size="xs" aria-hidden />
          <Text size="xs">{t("thread.loadingEarlier")}</Text>
        </Group>
      ) : (
        <Group gap="xs">
          {isFetchNextPageError && (
            <Text size="xs" c="var(--mantine-color-error)">
              {t("thread.earlierFailed")}
            </Text>
          )}
          <Button size="compact-xs" variant="subtle" onClick={() => void fetchNextPage()}>
            {t("thread.earlier")}
          </Button>
        </Group>
      )}
    </Center>
  );
}
