import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

export default function MessagesPage() {
  const { t } = useTranslation();
  return <PageHead title={t("nav.messages")} />;
}
