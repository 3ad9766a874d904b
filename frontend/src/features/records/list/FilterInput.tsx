import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useTypedFilter } from "@/components/useTypedFilter";
import { toOptions, useChoices } from "../choices";
import { ClinicianPicker } from "../form/ClinicianPicker";
import type { Filter } from "../kind";

type Props = { filter: Filter; value: string; onChange: (value: string) => void };

/** One filter of a list. */
export function FilterInput({ filter, value, onChange }: Props) {
  const { t } = useTranslation("records");
  const choices = useChoices();
  const label = t(`filters.${filter.name}`);
  if (filter.type === "choice") {
    return (
      <NativeSelect
        label={label}
        value={value}
        data={[{ value: "", label: t("list.all") }, ...toOptions(choices(filter.choices))]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  if (filter.type === "person")
    return <ClinicianPicker label={label} value={value} onChange={onChange} />;
  return <Typed label={label} day={filter.type === "day"} value={value} onChange={onChange} />;
}

type TypedProps = { label: string; day: boolean; value: string; onChange: (v: string) => void };

/** What is typed is asked for when the typing pauses. */
function Typed({ label, day, value, onChange }: TypedProps) {
  const { text, type } = useTypedFilter(value, onChange);
  return (
    <TextInput
      label={label}
      type={day ? "date" : "search"}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
