import { Button, Group, Title } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import DocumentManager from "@/components/documents/DocumentManager";
import { usePolicy } from "@/components/documents/policies";
import type { Slug } from "../kind";

/** The documents of a record that is being read; who may can add some without changing the record. */
export function RecordDocuments({ slug, id }: { slug: Slug; id: string }) {
  const { t } = useTranslation("records");
  const { can } = useSession();
  const policy = usePolicy(slug);
  const [mode, setMode] = useState<"view" | "edit">("view");
  const heading = useId();
  const mayAdd = can("documents.add") && policy.data?.operations.includes("upload");
  return (
    <section aria-labelledby={heading}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h4" id={heading}>
          {t("dialog.documents")}
        </Title>
        {mayAdd && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPaperclip size={16} aria-hidden />}
            onClick={() => setMode(mode === "view" ? "edit" : "view")}
          >
            {t(mode === "view" ? "dialog.addDocuments" : "dialog.documentsDone")}
          </Button>
        )}
      </Group>
      <DocumentManager entityType={slug} entityId={id} mode={mode} />
    </section>
  );
}
