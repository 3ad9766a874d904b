import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { FormState } from "./useRecordForm";

/** What went wrong at the last save, in a sentence. */
export function FormNotice<R>({ state }: { state: FormState<R> }) {
  const { t } = useTranslation("records");
  const text =
    state.status === "failed"
      ? state.message
      : state.status === "filesLeft"
        ? t("dialog.filesLeft", { count: state.count })
        : "";
  if (!text) return null;
  return (
    <Alert
      color={state.status === "failed" ? "red" : "orange"}
      icon={<IconAlertTriangle aria-hidden />}
      role="alert"
      mb="sm"
    >
      {text}
    </Alert>
  );
}
