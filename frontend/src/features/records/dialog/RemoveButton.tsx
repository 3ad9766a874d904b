import { Alert, Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconTrash } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "../kind";
import { refreshLists } from "../useRecords";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  record: Tagged<R>;
  title: string;
  onRemoved: () => void;
};

/** Remove what was entered by mistake, after asking. */
export function RemoveButton<R extends BaseRecord, D extends BaseDraft, B>({
  kind,
  record,
  title,
  onRemoved,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const [asking, ask] = useDisclosure();
  const key = ["record", kind.slug, record.data.id];
  const remove = useAction({
    mutationFn: () => kind.api.remove(record.data.id, record.etag),
    onSuccess: () => {
      // What is in sight is closed first: it would ask for what is gone.
      client.removeQueries({ queryKey: key, type: "inactive" });
      refreshLists(client, kind.slug);
      notifications.show({ message: t("dialog.removed") });
    },
    onError: () => client.invalidateQueries({ queryKey: key }),
  });
  const close = () => {
    ask.close();
    onRemoved();
    client.removeQueries({ queryKey: key });
  };
  return (
    <>
      <Button
        variant="subtle"
        color="red"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={() => {
          remove.reset();
          ask.open();
        }}
      >
        {common("delete")}
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={ask.close}
        title={t("remove.title", { kind: t(`kinds.${kind.slug}.one`) })}
        text={t("remove.text", { title })}
        confirm={t("remove.confirm")}
        onConfirm={() => remove.run(undefined, { onSuccess: close })}
        busy={remove.isPending}
        danger
      >
        {remove.isError && (
          <Alert color="red" role="alert">
            {errorText(remove.error)}
          </Alert>
        )}
      </ConfirmDialog>
    </>
  );
}
