import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { useDates } from "@/components/useDates";
import type { people } from "@/locales/en/people";

/** Return how the value of a patient's field is said in words; "" where there is none. */
export function usePatientText() {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const { day } = useDates();
  return (name: keyof typeof people.fields, patient: Patient): string => {
    switch (name) {
      case "date_of_birth":
        return day(patient.date_of_birth);
      case "sex":
        return patient.sex ? t(`sexes.${patient.sex}`) : "";
      case "status":
        return t(`status.${patient.status ?? "active"}`);
      case "research_consent":
        return patient.research_consent ? common("yes") : common("no");
      case "research_consent_on":
        return day(patient.research_consent_on);
      default:
        return patient[name] ?? "";
    }
  };
}
