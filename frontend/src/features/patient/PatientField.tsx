import { Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { toOptions } from "@/features/records/choices";
import { ClinicianPicker } from "@/features/records/form/ClinicianPicker";
import type { Draft, FieldName } from "./patientDraft";

type Props = {
  name: FieldName;
  draft: Draft;
  error: string | undefined;
  clinicianName: string;
  set: (name: FieldName, value: string | boolean) => void;
};

const LONGEST: Partial<Record<FieldName, number>> = {
  first_name: 100,
  last_name: 100,
  email: 254,
  external_id: 100,
  address: 500,
  notes: 20_000,
};
const TYPES: Partial<Record<FieldName, string>> = {
  date_of_birth: "date",
  research_consent_on: "date",
  email: "email",
  phone: "tel",
};

/** The input for one field of a patient. */
export function PatientField({ name, draft, error, clinicianName, set }: Props) {
  const { t } = useTranslation("people");
  const label = t(`fields.${name}`);
  if (name === "research_consent") {
    return (
      <Checkbox
        label={label}
        checked={draft.research_consent}
        error={error}
        onChange={(event) => set(name, event.currentTarget.checked)}
      />
    );
  }
  const text = { label, error, value: draft[name] };
  const longest = LONGEST[name] ? { maxLength: LONGEST[name] } : {};
  switch (name) {
    case "clinician_id":
      return <ClinicianPicker {...text} name={clinicianName} onChange={(id) => set(name, id)} />;
    case "sex":
    case "status":
      return (
        <Select
          {...text}
          value={draft[name] || null}
          data={toOptions(
            name === "sex"
              ? t("sexes", { returnObjects: true })
              : t("status", { returnObjects: true }),
          )}
          clearable={name === "sex"}
          allowDeselect={name === "sex"}
          onChange={(chosen) => set(name, chosen ?? "")}
        />
      );
    case "notes":
    case "address":
      return (
        <Textarea
          {...text}
          {...longest}
          autosize
          minRows={2}
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      );
    default:
      return (
        <TextInput
          {...text}
          {...longest}
          type={TYPES[name] ?? "text"}
          withAsterisk={name === "first_name" || name === "last_name"}
          description={name === "phone" ? t("hints.phone") : undefined}
          inputWrapperOrder={["label", "input", "description", "error"]}
          autoComplete="off"
          onChange={(event) => set(name, event.currentTarget.value)}
        />
      );
  }
}
