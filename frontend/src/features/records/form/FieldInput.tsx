import { Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { LoadingState } from "@/components/states";
import { toOptions, useChoices, useFieldLabel } from "../choices";
import type { BaseDraft, Field, PartProps } from "../kind";
import { ClinicianPicker } from "./ClinicianPicker";
import { VisitPicker } from "./VisitPicker";

type Props<R, D extends BaseDraft> = PartProps<D> & {
  field: Field<R, D>;
  record: R | null;
  set: (name: string, value: unknown) => void;
};

/** Hints stand below, so that the inputs of a line are level. */
const ORDER: ("label" | "input" | "description" | "error")[] = [
  "label",
  "input",
  "description",
  "error",
];

const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** The input for one field of a kind, with its label, hint and message. */
export function FieldInput<R, D extends BaseDraft>(props: Props<R, D>) {
  const { field, record, draft, errorOf, set } = props;
  const { t } = useTranslation("records");
  const choices = useChoices();
  const label = useFieldLabel();
  const value = draft[field.name];
  const error = errorOf(field.name);
  const shared = {
    label: label(field.name),
    description: field.hint && t(`hints.${field.hint}`),
    error,
    inputWrapperOrder: ORDER,
  };
  const text = { ...shared, value: asText(value), withAsterisk: field.required ?? false };
  switch (field.type) {
    case "text":
      return (
        <TextInput
          {...text}
          maxLength={field.max}
          aria-required={field.required}
          onChange={(event) => set(field.name, event.currentTarget.value)}
        />
      );
    case "long":
      return (
        <Textarea
          {...text}
          autosize
          minRows={2}
          maxRows={12}
          maxLength={field.max}
          onChange={(event) => set(field.name, event.currentTarget.value)}
        />
      );
    case "day":
    case "clock":
      return (
        <TextInput
          {...text}
          type={field.type === "day" ? "date" : "datetime-local"}
          aria-required={field.required}
          onChange={(event) => set(field.name, event.currentTarget.value)}
        />
      );
    case "yes":
      return (
        <Checkbox
          label={shared.label}
          error={error}
          mt="xs"
          checked={value === true}
          onChange={(event) => set(field.name, event.currentTarget.checked)}
        />
      );
    case "choice":
      return (
        <Select
          {...text}
          value={asText(value) || null}
          data={toOptions(choices(field.choices))}
          clearable={field.empty ?? false}
          allowDeselect={field.empty ?? false}
          onChange={(chosen) => set(field.name, chosen ?? "")}
        />
      );
    case "person":
      return (
        <ClinicianPicker
          label={text.label}
          description={text.description}
          error={error}
          value={text.value}
          name={record ? field.nameOf(record) : ""}
          clearable={!(record && field.stays)}
          onChange={(id) => set(field.name, id)}
        />
      );
    case "visit":
      return (
        <VisitPicker
          label={text.label}
          error={error}
          value={text.value}
          patientId={draft.patient_id}
          onChange={(id) => set(field.name, id)}
        />
      );
    case "part":
      return (
        <Suspense fallback={<LoadingState />}>
          <field.Edit draft={draft} change={props.change} errorOf={errorOf} />
        </Suspense>
      );
  }
}

/** Fields that need a whole line of the form. */
export const isWide = <R, D>(field: Field<R, D>): boolean =>
  field.type === "long" || field.type === "part" || (field.type === "text" && field.wide === true);
