import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { ClinicianPicker } from "@/features/records/form/ClinicianPicker";

const SEXES = [
  "female",
  "male",
  "other",
  "unknown",
] as const satisfies readonly Schema<"SexEnum">[];

/** What is typed; empty is nothing said. */
export type Typed = {
  first_name: string;
  last_name: string;
  date_of_birth: string;
  sex: (typeof SEXES)[number] | "";
  email: string;
  phone: string;
  address: string;
  external_id: string;
  clinician_id: string;
};
export const EMPTY: Typed = {
  first_name: "",
  last_name: "",
  date_of_birth: "",
  sex: "",
  email: "",
  phone: "",
  address: "",
  external_id: "",
  clinician_id: "",
};

type Text = Exclude<keyof Typed, "sex" | "clinician_id">;
type Props = {
  value: Typed;
  errors: Record<string, string>;
  onChange: (part: Partial<Typed>) => void;
};

export function PatientFields({ value, errors, onChange }: Props) {
  const { t } = useTranslation("patients");
  const text = (name: Text, maxLength: number) => ({
    label: t(`fields.${name}`),
    name,
    maxLength,
    autoComplete: "off", // it is somebody else's name, not that of whoever types
    value: value[name],
    error: errors[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      onChange({ [name]: event.currentTarget.value }),
  });
  return (
    <>
      <TextInput {...text("first_name", 100)} required data-autofocus />
      <TextInput {...text("last_name", 100)} required />
      <TextInput {...text("date_of_birth", 10)} type="date" min="1880-01-01" />
      <Select
        label={t("fields.sex")}
        data={SEXES.map((one) => ({ value: one, label: t(`sexes.${one}`) }))}
        value={value.sex || null}
        error={errors.sex}
        clearable
        clearButtonProps={{ "aria-label": t("clear") }}
        onChange={(chosen) => onChange({ sex: SEXES.find((one) => one === chosen) ?? "" })}
      />
      <TextInput {...text("email", 254)} type="email" description={t("emailHint")} />
      <TextInput {...text("phone", 40)} type="tel" description={t("phoneHint")} />
      <TextInput {...text("address", 500)} />
      <TextInput {...text("external_id", 100)} />
      <ClinicianPicker
        label={t("clinician")}
        value={value.clinician_id}
        error={errors.clinician_id}
        onChange={(clinician_id) => onChange({ clinician_id })}
      />
    </>
  );
}
