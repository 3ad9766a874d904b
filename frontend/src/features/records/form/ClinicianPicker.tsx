import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { type Choice, SearchPicker } from "@/components/pickers/SearchPicker";

type Props = {
  label: string;
  value: string;
  /** What the chosen one is called, as far as the record says. */
  name?: string;
  onChange: (id: string) => void;
  description?: string | undefined;
  error?: string | undefined;
  disabled?: boolean;
  clearable?: boolean;
};

/** Choose one of the clinic's providers and administrators. */
export function ClinicianPicker({ value, name, onChange, ...rest }: Props) {
  const { t } = useTranslation();
  const [last, setLast] = useState<Choice | null>(null);
  const known = last?.id === value ? last.label : name;
  return (
    <SearchPicker
      {...rest}
      name={["clinicians"]}
      search={async (words, signal) => {
        const query = { page_size: 20, ...(words ? { search: words } : {}) };
        return (
          await unwrap(api.GET("/api/v1/clinicians", { params: { query }, signal }))
        ).results.map((one) => ({ id: one.id, label: one.name }));
      }}
      value={value ? { id: value, label: known || t("pickers.clinician") } : null}
      onChange={(choice) => {
        setLast(choice);
        onChange(choice?.id ?? "");
      }}
    />
  );
}
