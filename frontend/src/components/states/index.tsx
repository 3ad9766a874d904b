import { Alert, Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconInbox, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isUnsure } from "@/api/problem";
import { PartError } from "@/components/lazily";

/** Return what people are told of an error: the server's own words, or that it is not there. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    // A server in between has no words of its own.
    if (error instanceof ApiError && (error.body.detail || !isUnsure(error))) return error.message;
    if (error instanceof PartError) return t("states.part");
    return t(isUnsure(error) ? "states.network" : "states.failed");
  };
}

export function LoadingState({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <Center p="xl" role="status" aria-live="polite">
      <Group gap="sm">
        <Loader size="sm" aria-hidden />
        <Text>{label ?? t("loading")}</Text>
      </Group>
    </Center>
  );
}

export function EmptyState({ title, children }: { title?: string; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Center p="xl">
      <Stack align="center" gap="xs">
        <IconInbox size={32} aria-hidden />
        <Text fw={500}>{title ?? t("states.empty")}</Text>
        {children}
      </Stack>
    </Center>
  );
}

export function ForbiddenState() {
  const { t } = useTranslation();
  return (
    <Alert icon={<IconLock aria-hidden />} title={t("states.forbidden")} color="gray" role="alert">
      {t("states.forbiddenHint")}
    </Alert>
  );
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const text = useErrorText();
  if (error instanceof ApiError && error.status === 403) return <ForbiddenState />;
  return (
    <Alert
      icon={<IconAlertTriangle aria-hidden />}
      title={t("states.failed")}
      color="red"
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{text(error)}</Text>
        <Group gap="xs">
          {onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              {t("retry")}
            </Button>
          )}
          {error instanceof PartError && (
            <Button size="xs" variant="default" onClick={() => window.location.reload()}>
              {t("reload")}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

export type Asked<T> = {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
};

/** One of the four states of what was asked for: loading, error or forbidden, empty, or there. */
export function Loaded<T>({
  query,
  isEmpty,
  empty,
  children,
}: {
  query: Asked<T>;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return isEmpty?.(query.data) ? (empty ?? <EmptyState />) : children(query.data);
  }
  return query.isPending ? (
    <LoadingState />
  ) : (
    <ErrorState error={query.error} onRetry={() => void query.refetch()} />
  );
}
