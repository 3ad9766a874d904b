import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { type Choice, SearchPicker } from "@/components/pickers/SearchPicker";
import { useDates } from "@/components/useDates";
import { nameOf } from "@/features/patients/people";
import { patientQuery, searchPatients } from "./patients";

type Props = {
  /** The id of the chosen patient; their name is asked for where it is not known yet. */
  value: string | null;
  onChange: (id: string | null, name?: string) => void;
  label?: string;
  description?: string;
  error?: string | undefined;
  required?: boolean;
  disabled?: boolean;
};

/** Choose a patient by a part of their name, e-mail, phone or number; born when, to tell them apart. */
export function PatientPicker({ value, onChange, label, ...rest }: Props) {
  const { t } = useTranslation("people");
  const { day } = useDates();
  const chosen = useQuery({ ...patientQuery(value ?? ""), enabled: value !== null });
  const toChoice = (patient: Patient): Choice => ({
    id: patient.id,
    label: nameOf(patient),
    hint: [
      patient.date_of_birth && t("born", { day: day(patient.date_of_birth) }),
      patient.external_id,
      patient.status && patient.status !== "active" ? t(`status.${patient.status}`) : "",
    ]
      .filter(Boolean)
      .join(" · "),
  });
  return (
    <SearchPicker
      {...rest}
      label={label ?? t("patient")}
      placeholder={t("searchPatient")}
      name={["patients"]}
      search={async (words, signal) => (await searchPatients(words, signal)).map(toChoice)}
      value={value === null ? null : chosenChoice(value, chosen.data?.data, toChoice)}
      onChange={(choice) => onChange(choice?.id ?? null, choice?.label)}
    />
  );
}

function chosenChoice(
  id: string,
  patient: Patient | undefined,
  toChoice: (patient: Patient) => Choice,
): Choice {
  return patient ? toChoice(patient) : { id, label: "…" };
}
