import { VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PendingFile } from "../pending";

/** Tells screen readers how far the uploads are, file by file and not byte by byte. */
export function Announcer({ files }: { files: PendingFile[] }) {
  const { t } = useTranslation("uploads");
  const under = files.filter(({ status }) => status === "uploading").length;
  const done = files.filter(({ status }) => status === "done").length;
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {under > 0 ? t("bar.saving", { done, all: done + under }) : ""}
    </VisuallyHidden>
  );
}
