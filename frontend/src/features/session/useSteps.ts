import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ME } from "@/app/session";
import type { Step } from "./signingIn";
import { useLoginErrorText } from "./useLoginErrorText";

/** Where somebody is who signs in, on the page for it or over one that waits for them. */
export function useSteps(address: string) {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const client = useQueryClient();
  const [step, setStep] = useState<Step | "password">("password");
  const [email, setEmail] = useState(address);
  const [problem, setProblem] = useState("");

  const finish = async () => {
    setStep("done");
    await client.resetQueries({ queryKey: ME });
    if (client.getQueryData(ME)) return; // the page goes on by itself
    setProblem(client.getQueryState(ME)?.status === "success" ? t("errors.notHere") : "");
    setStep("password");
  };
  return {
    step,
    email,
    problem,
    setEmail,
    follow: (next: Step) => {
      setProblem("");
      if (next === "done") void finish();
      else setStep(next);
    },
    back: (error?: unknown) => {
      setProblem(error ? text(error) : "");
      setStep("password");
    },
  };
}

export type Steps = ReturnType<typeof useSteps>;
