import { Button, Center, Group, Loader, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { useThread } from "../data/useThread";

/** What stands above the first message that is loaded; whoever asks for more keeps the focus here. */
export function Earlier({ history }: { history: ReturnType<typeof useThread>["history"] }) {
  const { t } = useTranslation("messages");
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage, data } = history;
  const hasAsked = useRef(false);
  const beginning = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The button that they pressed is gone.
    if (!hasNextPage && hasAsked.current && document.activeElement === document.body)
      beginning.current?.focus({ preventScroll: true });
  }, [hasNextPage]);
  if (!hasNextPage) {
    const several = (data?.pages.length ?? 0) > 1;
    return several ? (
      <Text ref={beginning} tabIndex={-1} size="xs" c="dimmed" ta="center">
        {t("thread.beginning")}
      </Text>
    ) : null;
  }
  const ask = () => {
    if (isFetchingNextPage) return;
    hasAsked.current = true;
    void fetchNextPage();
  };
  return (
    <Center role="status">
      <Group gap="xs">
        {isFetchNextPageError && !isFetchingNextPage && (
          <Text size="xs" c="var(--mantine-color-error)">
            {t("thread.earlierFailed")}
          </Text>
        )}
        <Button
          size="compact-xs"
          variant="subtle"
          aria-disabled={isFetchingNextPage}
          leftSection={isFetchingNextPage ? <Loader size="xs" aria-hidden /> : undefined}
          onClick={ask}
        >
          {t(isFetchingNextPage ? "thread.loadingEarlier" : "thread.earlier")}
        </Button>
      </Group>
    </Center>
  );
}
