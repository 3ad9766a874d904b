import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError, isUnsure } from "@/api/problem";
import { useErrorText } from "@/components/states";
import { ChangedError, PictureError, SentBeforeError } from "./sendErrors";

const BESIDE_THEIR_FIELD = ["body", "template_id", "scheduled_at"];

/** Why nothing was sent, where no field of the box says it. */
export function SendError({ error }: { error: unknown }) {
  const text = useSendErrorText()(error);
  if (text === "") return null;
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} p="xs">
      {text}
    </Alert>
  );
}

function useSendErrorText() {
  const { t } = useTranslation("messages");
  const common = useErrorText();
  return (error: unknown): string => {
    if (error === null || error === undefined || error instanceof PictureError) return "";
    if (isUnsure(error)) return t("reply.unknownOutcome");
    if (error instanceof SentBeforeError) return t("reply.draftGone");
    if (error instanceof ChangedError) return t("reply.changed");
    if (error instanceof ApiError) {
      const fields = Object.keys(error.fields);
      if (fields.some((field) => BESIDE_THEIR_FIELD.includes(field))) return "";
    }
    return common(error);
  };
}
