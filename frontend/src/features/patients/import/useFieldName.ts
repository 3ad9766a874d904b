import { useTranslation } from "react-i18next";

const FIELDS = [
  "first_name",
  "last_name",
  "email",
  "phone",
  "date_of_birth",
  "sex",
  "address",
  "external_id",
  "filemaker_id",
  "status",
  "notes",
] as const;

/** Return a field's name in words; one that is not known here as the server says it. */
export function useFieldName(): (field: string) => string {
  const { t } = useTranslation("patients");
  return (field) => {
    if (field === "") return t("import.wholeRow");
    const known = FIELDS.find((one) => one === field);
    return known ? t(`fields.${known}`) : field;
  };
}
