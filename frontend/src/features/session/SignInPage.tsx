import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "react-router";
import { ME, useMe } from "@/app/session";
import { LoadingState } from "@/components/states";
import { CodeStep } from "./CodeStep";
import { Entrance } from "./Entrance";
import { GoOn } from "./GoOn";
import { cameFrom, emailOf } from "./handedOn";
import { safeNext } from "./next";
import { PasswordStep } from "./PasswordStep";
import { Problem } from "./Problem";
import type { Step } from "./signingIn";
import { useLoginErrorText } from "./useLoginErrorText";

export default function SignInPage() {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const [query] = useSearchParams();
  const { state } = useLocation();
  const client = useQueryClient();
  const me = useMe();
  const [step, setStep] = useState<Step | "password">("password");
  const [email, setEmail] = useState(() => emailOf(state));
  const [problem, setProblem] = useState("");

  const came = cameFrom(state);

  if (me.data) return <GoOn next={safeNext(query.get("next"))} />;
  if (me.isPending && step === "password" && email === "") return <LoadingState />;

  const done = async () => {
    setStep("done");
    await client.resetQueries({ queryKey: ME });
    if (client.getQueryData(ME)) return; // the page goes on by itself
    setProblem(client.getQueryState(ME)?.status === "success" ? t("errors.notHere") : "");
    setStep("password");
  };
  const follow = (next: Step) => {
    setProblem("");
    if (next === "done") void done();
    else setStep(next);
  };
  return (
    <Entrance title={step === "code" ? t("codeTitle") : t("title")}>
      <Problem>{problem}</Problem>
      {step === "password" && problem === "" && (
        <Problem good>{came && t(`welcomeBack.${came}`)}</Problem>
      )}
      {step === "password" && <PasswordStep email={email} onEmail={setEmail} onStep={follow} />}
      {step === "code" && (
        <CodeStep
          onDone={() => void done()}
          onBack={(error) => {
            setProblem(error ? text(error) : "");
            setStep("password");
          }}
        />
      )}
      {step === "done" && <LoadingState />}
    </Entrance>
  );
}
