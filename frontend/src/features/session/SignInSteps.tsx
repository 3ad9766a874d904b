import { LoadingState } from "@/components/states";
import { CodeStep } from "./CodeStep";
import { PasswordStep } from "./PasswordStep";
import { Problem } from "./Problem";
import type { Steps } from "./useSteps";

type Props = {
  steps: Steps;
  /** Where a forgotten password leads: `apart` is another tab, for a page that must not be left. */
  forgotten?: "here" | "apart";
};

/** The password, then the second factor of who has one. */
export function SignInSteps({ steps, forgotten = "here" }: Props) {
  const { step, email, setEmail, follow, back } = steps;
  return (
    <>
      <Problem>{steps.problem}</Problem>
      {step === "password" && (
        <PasswordStep email={email} onEmail={setEmail} onStep={follow} forgotten={forgotten} />
      )}
      {step === "code" && <CodeStep onDone={() => follow("done")} onBack={back} />}
      {step === "done" && <LoadingState />}
    </>
  );
}
