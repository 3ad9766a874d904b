import { Alert, Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconArchiveOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrapWithTag } from "@/api/client";
import type { Patient } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { one } from "@/features/records/endpoints";

/** Mark a patient as one of the past, or take them back; either can be undone. */
export function ArchiveButton({ patient }: { patient: Patient }) {
  const { t } = useTranslation("people");
  const errorText = useErrorText();
  const client = useQueryClient();
  const [asking, ask] = useDisclosure();
  const archived = patient.status === "archived";
  const change = useAction({
    mutationFn: () =>
      unwrapWithTag(
        archived
          ? api.POST("/api/v1/patients/{id}/restore", one(patient.id))
          : api.POST("/api/v1/patients/{id}/archive", one(patient.id)),
      ),
    onSuccess: (stored) => {
      ask.close();
      client.setQueryData(["patient", patient.id], stored);
      void client.invalidateQueries({ queryKey: ["patients"] });
      notifications.show({ message: t(archived ? "restore.done" : "archive.done") });
    },
    onError: (error) => {
      if (archived) notifications.show({ color: "red", message: errorText(error) });
    },
  });
  if (archived) {
    return (
      <Button
        variant="default"
        leftSection={<IconArchiveOff size={16} aria-hidden />}
        loading={change.isPending}
        onClick={() => change.run()}
      >
        {t("restore.action")}
      </Button>
    );
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconArchive size={16} aria-hidden />}
        onClick={() => {
          change.reset();
          ask.open();
        }}
      >
        {t("archive.action")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={ask.close}
        title={t("archive.title")}
        text={t("archive.text")}
        confirm={t("archive.confirm")}
        busy={change.isPending}
        onConfirm={() => change.run()}
      >
        {change.isError && (
          <Alert color="red" role="alert">
            {errorText(change.error)}
          </Alert>
        )}
      </ConfirmDialog>
    </>
  );
}
