import { Alert, Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap, unwrapWithTag } from "@/api/client";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { one, state } from "@/features/records/endpoints";

const PATH = "/api/v1/guardians/{id}";
type Props = { id: string; name: string; patientId: string };

/** End that somebody acts for a patient, after asking. */
export function EndGuardian({ id, name, patientId }: Props) {
  const { t } = useTranslation("people");
  const errorText = useErrorText();
  const client = useQueryClient();
  const [asking, ask] = useDisclosure();
  const end = useAction({
    mutationFn: async () => {
      const { etag } = await unwrapWithTag(api.GET(PATH, one(id)));
      return unwrap(api.PATCH(PATH, { ...state(id, etag), body: { is_active: false } }));
    },
    onSuccess: () => {
      ask.close();
      notifications.show({ message: t("guardians.done") });
      return client.invalidateQueries({ queryKey: ["guardians", patientId] });
    },
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="subtle"
        color="red"
        aria-label={t("guardians.endOf", { name })}
        onClick={() => {
          end.reset();
          ask.open();
        }}
      >
        {t("guardians.end")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={ask.close}
        title={t("guardians.endTitle")}
        text={t("guardians.endText", { name })}
        confirm={t("guardians.endConfirm")}
        busy={end.isPending}
        onConfirm={() => end.run()}
        danger
      >
        {end.isError && (
          <Alert color="red" role="alert">
            {errorText(end.error)}
          </Alert>
        )}
      </ConfirmDialog>
    </>
  );
}
