import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

export default function ProceduresPage() {
  const { t } = useTranslation();
  return <PageHead title={t("nav.procedures")} />;
}
