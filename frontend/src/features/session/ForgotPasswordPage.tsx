import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { AskForLink } from "./AskForLink";
import { ChoosePassword } from "./ChoosePassword";
import { Entrance } from "./Entrance";
import { keyOf } from "./keyOf";

export default function ForgotPasswordPage() {
  const { t } = useTranslation("session");
  const key = keyOf(useLocation());
  return (
    <Entrance title={key ? t("choose.title") : t("forgotten.title")}>
      {key ? <ChoosePassword key={key} linkKey={key} /> : <AskForLink />}
    </Entrance>
  );
}
