import { ask } from "@/features/session/allauth";

export type Authenticator = {
  type: string;
  created_at: number;
  last_used_at: number | null;
  unused_code_count?: number;
};
export type Setup = { secret: string; totp_url: string; totp_svg?: string };
type Codes = { unused_codes?: string[] };

export const FACTORS = ["authenticators"] as const;

export async function authenticators(signal: AbortSignal): Promise<Authenticator[]> {
  return (await ask<Authenticator[]>("GET", "account/authenticators", { signal })).data ?? [];
}

/** Return what an authenticator app is to be given; null: it is switched on already. */
export async function setup(): Promise<Setup | null> {
  const answer = await ask<unknown, Setup>("GET", "account/authenticators/totp", {
    expect: [404], // allauth's way to say that there is none yet
  });
  return answer.status === 404 ? (answer.meta ?? null) : null;
}

/** Switch it on with the first code. */
export async function switchOn(code: string): Promise<true> {
  await ask("POST", "account/authenticators/totp", { body: { code: code.replace(/\s/g, "") } });
  return true;
}

/** Return the recovery codes that were made with it, which are shown once. */
export async function recoveryCodes(): Promise<string[]> {
  const kept = await ask<Codes>("GET", "account/authenticators/recovery-codes", { expect: [404] });
  return kept.data?.unused_codes ?? newCodes();
}

export async function switchOff(): Promise<true> {
  await ask("DELETE", "account/authenticators/totp");
  return true;
}

/** Make new recovery codes; the old ones are worth nothing from then on. */
export async function newCodes(): Promise<string[]> {
  const made = await ask<Codes>("POST", "account/authenticators/recovery-codes", { body: {} });
  return made.data?.unused_codes ?? [];
}
