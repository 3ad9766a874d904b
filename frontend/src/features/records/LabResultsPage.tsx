import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

export default function LabResultsPage() {
  const { t } = useTranslation();
  return <PageHead title={t("nav.labResults")} />;
}
