import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

export default function ForgotPasswordPage() {
  const { t } = useTranslation();
  return <PageHead title={t("nav.dashboard")} />;
}
