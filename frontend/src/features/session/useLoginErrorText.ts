import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useErrorText } from "@/components/states";

/** Return what somebody is told whom the server did not let in. */
export function useLoginErrorText(): (error: unknown) => string {
  const { t } = useTranslation("session");
  const text = useErrorText();
  return (error) => {
    if (!(error instanceof ApiError)) return text(error);
    if (error.status === 429) return error.body.detail ? error.message : t("errors.tooMany");
    if (error.code === "csrf_failed") return t("errors.reload");
    if (error.code === "email_password_mismatch") return t("errors.mismatch");
    if (error.code === "incorrect_code") return t("errors.code");
    if ([401, 409].includes(error.status)) return t("errors.again");
    return error.body.detail ? error.message : t("errors.failed");
  };
}
