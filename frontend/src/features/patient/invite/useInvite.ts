import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Patient, Schema } from "@/api/types";
import { useAction } from "@/components/useAction";
import { useInviteChanged } from "./invites";

export const MOST_AT_ONCE = 500;
/** Refusals that are about the patient and not about what was typed. */
const ABOUT_THEM = ["has_login", "invite_pending", "not_invitable", "no_email"];

export type Typed = { message: string; days: number; byMail: boolean };
/** What became of one; `code` and `detail` where it was refused or not delivered. */
export type Result = { patient_id: string; invited: boolean; code: string; detail: string };
/** A link is there to be handed over; it is shown this once. */
export type Invited = { results: Result[]; link: string };

/** Invite one, by e-mail or with a link, or many by e-mail. Nobody is invited twice. */
export function useInvite(patients: Patient[]) {
  return useAction({
    mutationFn: ({ message, days, byMail }: Typed): Promise<Invited> => {
      const options = { message, expires_in_days: days };
      const [first] = patients;
      return patients.length === 1 && first
        ? inviteOne({ patient_id: first.id, send_email: byMail, ...options })
        : inviteMany({ patient_ids: patients.map((one) => one.id), ...options });
    },
    onSettled: useInviteChanged(),
  });
}

async function inviteOne(body: Schema<"GenerateInviteRequest">): Promise<Invited> {
  const { patient_id } = body;
  try {
    const { link, delivery_error: detail } = await unwrap(
      api.POST("/api/v1/generate_invite", { body }),
    );
    const code = detail ? "not_delivered" : "";
    return { link, results: [{ patient_id, invited: !detail, code, detail }] };
  } catch (error) {
    if (!(error instanceof ApiError) || !ABOUT_THEM.includes(error.code)) throw error;
    const refused = { patient_id, invited: false, code: error.code, detail: error.message };
    return { link: "", results: [refused] };
  }
}

async function inviteMany(body: Schema<"BulkInviteRequest">): Promise<Invited> {
  const { results } = await unwrap(api.POST("/api/v1/bulk_invite", { body }));
  return {
    link: "",
    results: results.map(({ patient_id, status, code, detail }) => ({
      patient_id,
      invited: status === "invited",
      code,
      detail,
    })),
  };
}
