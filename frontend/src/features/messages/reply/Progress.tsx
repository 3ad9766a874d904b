import { useTranslation } from "react-i18next";
import type { Step } from "./drafts";

/** How far it is, for who looks and who listens. */
export function Progress({ state, pictures }: { state: Step; pictures: number }) {
  const { t } = useTranslation("messages");
  if (state.step === "sent")
    return t(state.status === "scheduled" ? "reply.scheduled" : "reply.sent");
  if (state.step !== "sending") return null;
  return state.place > 0
    ? t("reply.uploading", { number: state.place, total: pictures })
    : t("reply.sending");
}
