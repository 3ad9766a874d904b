import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

export default function ImportPage() {
  const { t } = useTranslation();
  return <PageHead title={t("nav.patients")} />;
}
