import { Alert, Button, Group, Title } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import DocumentManager from "@/components/documents/DocumentManager";
import { usePolicy } from "@/components/documents/policies";
import type { DocumentManagerHandle } from "@/components/documents/types";
import { useHold } from "@/components/LeaveGuard";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import type { Slug } from "../kind";

type Props = {
  slug: Slug | "patients";
  id: string;
  mode: "view" | "edit";
  onMode: (m: "view" | "edit") => void;
};

/** The documents of a record that is being read; who may can add some without changing the record. */
export function RecordDocuments({ slug, id, mode, onMode }: Props) {
  const { t } = useTranslation("records");
  const { t: common } = useTranslation();
  const { can } = useSession();
  const errorText = useErrorText();
  const policy = usePolicy(slug);
  const documents = useRef<DocumentManagerHandle>(null);
  const heading = useId();
  // A manager of another number begins anew: what was chosen before Cancel is gone.
  const [round, setRound] = useState(0);
  const leave = useHold(() => documents.current?.hasChanges() === true, round);
  const save = useAction({
    mutationFn: async () => await documents.current?.save(id),
    onSuccess: (saved) => {
      if (!saved?.failed.length) onMode("view");
    },
  });
  const cancel = () => {
    setRound((before) => before + 1);
    onMode("view");
  };
  const mayAdd = can("documents.add") && policy.data?.operations.includes("upload");
  return (
    <section aria-labelledby={heading}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h4" id={heading}>
          {t("dialog.documents")}
        </Title>
        {mayAdd && mode === "view" && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPaperclip size={16} aria-hidden />}
            onClick={() => onMode("edit")}
          >
            {t(can("documents.delete") ? "dialog.changeDocuments" : "dialog.addDocuments")}
          </Button>
        )}
      </Group>
      <DocumentManager key={round} ref={documents} entityType={slug} entityId={id} mode={mode} />
      {mode === "edit" && (
        <>
          {save.isError && (
            <Alert color="red" role="alert" mt="sm">
              {errorText(save.error)}
            </Alert>
          )}
          <Group justify="flex-end" mt="sm">
            <Button variant="default" disabled={save.isPending} onClick={() => leave(cancel)}>
              {common("cancel")}
            </Button>
            <Button
              loading={save.isPending}
              onClick={() => {
                save.run();
              }}
            >
              {t("dialog.saveDocuments")}
            </Button>
          </Group>
        </>
      )}
    </section>
  );
}
