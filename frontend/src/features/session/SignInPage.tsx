import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "react-router";
import { useMe } from "@/app/session";
import { LoadingState } from "@/components/states";
import { Entrance } from "./Entrance";
import { GoOn } from "./GoOn";
import { cameFrom, emailOf } from "./handedOn";
import { safeNext } from "./next";
import { Problem } from "./Problem";
import { SignInSteps } from "./SignInSteps";
import { useSteps } from "./useSteps";

export default function SignInPage() {
  const { t } = useTranslation("session");
  const [query] = useSearchParams();
  const { state } = useLocation();
  const me = useMe();
  const steps = useSteps(emailOf(state));
  const { step, email, problem } = steps;
  const came = cameFrom(state);

  if (me.data) return <GoOn next={safeNext(query.get("next"))} />;
  if (me.isPending && step === "password" && email === "") return <LoadingState />;
  return (
    <Entrance title={step === "code" ? t("codeTitle") : t("title")}>
      {step === "password" && problem === "" && (
        <Problem good>{came && t(`welcomeBack.${came}`)}</Problem>
      )}
      <SignInSteps steps={steps} />
    </Entrance>
  );
}
