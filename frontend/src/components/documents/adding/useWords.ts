import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useErrorText } from "@/components/states";
import type { Refusal } from "../checks";
import { formatSize } from "../files";
import type { PendingFile, Problem } from "../pending";
import { canShrink } from "../pictures/shrink";

/** What is said of a chosen file: what is wrong with it, and what to do. */
export function useWords() {
  const { t } = useTranslation("uploads");
  const errorText = useErrorText();

  const refused = (refusal: Refusal, file: File): string => {
    switch (refusal.code) {
      case "type":
        return t("refused.type", { extensions: refusal.extensions.join(", ") });
      case "size": {
        const limit = formatSize(refusal.limit);
        return canShrink(file) ? t("refused.sizePicture", { limit }) : t("refused.size", { limit });
      }
      case "many":
        return t("refused.many", { limit: refusal.limit });
      default:
        return t(`refused.${refusal.code}`);
    }
  };

  const problem = ({ kind, cause }: Problem, file: File): string => {
    if (kind === "unknown") return t("problem.unknown");
    if (kind === "cancelled") return t("problem.cancelled");
    if (kind === "held") return t("problem.held", { name: file.name });
    if (cause instanceof DOMException) return t("problem.unreadable");
    if (!(cause instanceof ApiError)) return errorText(cause);
    if (cause.status === 401) return t("problem.signedOut");
    if (typeof cause.body.detail === "string") return cause.message;
    // The answer of a proxy or of the store, which are no sentences.
    if (cause.status === 413) return t("problem.tooLarge");
    return t("problem.server", { status: cause.status });
  };

  const progress = ({ status, phase, file, sent }: PendingFile): string => {
    if (status !== "uploading") return status === "error" ? "" : t(`status.${status}`);
    const percent = `${file.size === 0 ? 100 : Math.floor((100 * sent) / file.size)} %`;
    return t(`status.${phase}`, { percent, size: formatSize(file.size) });
  };

  return { refused, problem, progress };
}
