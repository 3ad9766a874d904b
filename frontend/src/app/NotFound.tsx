import { useTranslation } from "react-i18next";
import { EmptyState } from "@/components/states";

export function NotFound() {
  const { t } = useTranslation();
  return <EmptyState title={t("states.notFound")} />;
}
