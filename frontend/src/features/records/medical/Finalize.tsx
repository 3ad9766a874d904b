import { Alert, Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconLock } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrapWithTag } from "@/api/client";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { state } from "../endpoints";
import type { ExtraProps } from "../kind";
import { useStored } from "../useRecords";
import type { Row } from "./drafts";

/** Draft → final, after saying what that means; the state that was read is what is finalised. */
export function Finalize({ record, etag }: ExtraProps<Row>) {
  const { t } = useTranslation("records");
  const errorText = useErrorText();
  const client = useQueryClient();
  const tellStored = useStored("medical-records");
  const [asking, ask] = useDisclosure();
  const finalize = useAction({
    mutationFn: () =>
      unwrapWithTag(api.POST("/api/v1/medical-records/{id}/finalize", state(record.id, etag))),
    onSuccess: (stored) => {
      ask.close();
      tellStored(stored);
      notifications.show({ message: t("finalize.done") });
    },
    // Somebody may have been faster: what they made of it is shown behind the message.
    onError: () =>
      void client.invalidateQueries({ queryKey: ["record", "medical-records", record.id] }),
  });
  return (
    <Group justify="space-between">
      <Text size="sm">{t("finalize.draft")}</Text>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconLock size={16} aria-hidden />}
        onClick={() => {
          finalize.reset();
          ask.open();
        }}
      >
        {t("finalize.action")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={ask.close}
        title={t("finalize.title")}
        text={t("finalize.text")}
        confirm={t("finalize.confirm")}
        busy={finalize.isPending}
        onConfirm={() => finalize.run()}
      >
        {finalize.isError && (
          <Alert color="red" role="alert">
            {errorText(finalize.error)}
          </Alert>
        )}
      </ConfirmDialog>
    </Group>
  );
}
