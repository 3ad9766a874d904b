import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { SearchPicker } from "@/components/pickers/SearchPicker";

type Props = {
  value: string;
  onChange: (code: string, description: string) => void;
  error?: string | undefined;
};

/** Choose an ICD-10 code by the code's beginning or by words of its description. */
export function Icd10Picker({ value, onChange, error }: Props) {
  const { t } = useTranslation("records");
  return (
    <SearchPicker
      label={t("rows.icd")}
      placeholder={t("rows.icdSearch")}
      error={error}
      name={["icd10"]}
      search={async (search, signal) => {
        if (search === "") return [];
        const found = await unwrap(
          api.GET("/api/v1/icd10", { params: { query: { search } }, signal }),
        );
        return found.map((one) => ({
          id: one.code,
          label: `${one.code} ${one.description}`,
          hint: one.billable ? undefined : t("rows.icdHeading"),
        }));
      }}
      value={value ? { id: value, label: value } : null}
      onChange={(choice) =>
        onChange(choice?.id ?? "", choice ? choice.label.slice(choice.id.length + 1) : "")
      }
    />
  );
}
