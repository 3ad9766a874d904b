import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useClinicians } from "@/features/patients/useClinicians";

/** Return what a clinician is called, for staff; "" for nobody. */
export function useClinicianName(id: string): string {
  const { t } = useTranslation();
  const { me } = useSession();
  const { nameOf } = useClinicians(me.staff && id !== "");
  return id === "" ? "" : nameOf(id) || t("pickers.clinician");
}
