import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Patient, Schema } from "@/api/types";
import { PATIENTS } from "./usePatients";

export const MOST_AT_ONCE = 500;
/** Refusals that are about the patient and not about what was typed. */
const ABOUT_THEM = ["has_login", "invite_pending", "not_invitable", "no_email"];

/** What became of one; `code` and `detail` where it was refused or not delivered. */
export type Result = { patient_id: string; invited: boolean; code: string; detail: string };
type Typed = { message: string; days: number };

export function useInvite(patients: Patient[], onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ message, days }: Typed) => {
      const options = { message, expires_in_days: days };
      const [first] = patients;
      return patients.length === 1 && first
        ? inviteOne(first.id, options)
        : inviteMany(patients, options);
    },
    onSuccess: onDone,
    onSettled: () => {
      void client.invalidateQueries({ queryKey: PATIENTS });
      void client.invalidateQueries({ queryKey: ["dashboard"] });
    },
  });
}

type Options = { message: string; expires_in_days: number };

async function inviteOne(patient_id: string, options: Options): Promise<Result[]> {
  const body: Schema<"GenerateInviteRequest"> = { patient_id, send_email: true, ...options };
  try {
    const made = await unwrap(api.POST("/api/v1/generate_invite", { body }));
    const detail = made.delivery_error;
    return [{ patient_id, invited: !detail, code: detail ? "not_delivered" : "", detail }];
  } catch (error) {
    if (!(error instanceof ApiError) || !ABOUT_THEM.includes(error.code)) throw error;
    return [{ patient_id, invited: false, code: error.code, detail: error.message }];
  }
}

async function inviteMany(patients: Patient[], options: Options): Promise<Result[]> {
  const body: Schema<"BulkInviteRequest"> = {
    patient_ids: patients.map((one) => one.id),
    ...options,
  };
  const { results } = await unwrap(api.POST("/api/v1/bulk_invite", { body }));
  return results.map(({ patient_id, status, code, detail }) => ({
    patient_id,
    invited: status === "invited",
    code,
    detail,
  }));
}
