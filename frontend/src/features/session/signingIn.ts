import { ApiError } from "@/api/problem";
import { ask, flowsOf } from "./allauth";

/** What a correct password leads to. */
export type Step = "done" | "code";

type Pending = { flows?: unknown };

/** Try a password; `code` when the second factor is still to be shown. */
export async function signIn(email: string, password: string): Promise<Step> {
  const answer = await ask<Pending>("POST", "auth/login", {
    body: { email, password },
    expect: [401, 409], // 409: somebody is signed in already, perhaps in another tab
  });
  return stepOf(answer.status, answer.data);
}

/** Show the second factor: a code of the telephone, or one of the recovery codes. */
export async function sendCode(code: string): Promise<Step> {
  const answer = await ask<Pending>("POST", "auth/2fa/authenticate", {
    body: { code: code.replace(/\s/g, "") },
  });
  return stepOf(answer.status, answer.data);
}

/** Give up a login that waits for its second factor, or end the session. */
export async function endSession(): Promise<void> {
  await ask("DELETE", "auth/session", { expect: [401] });
}

function stepOf(status: number, data: unknown): Step {
  if (status !== 401) return "done";
  const pending = flowsOf(data).find((flow) => flow.is_pending);
  if (pending?.id === "mfa_authenticate") return "code";
  throw new ApiError(401, { code: pending?.id ?? "not_signed_in" });
}
