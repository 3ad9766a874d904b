import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { categoryName } from "../files";
import type { Details } from "../upload/job";
import classes from "./PendingRow.module.css";

const LONGEST = 500; // characters of a description, as the server takes them

type Props = {
  details: Details;
  categories: string[];
  /** What the server says of a field. */
  problems: Record<string, string>;
  disabled: boolean;
  onChange: (details: Partial<Details>) => void;
};

/** What is said of a file besides its bytes. */
export function DetailFields({ details, categories, problems, disabled, onChange }: Props) {
  const { t } = useTranslation("uploads");
  return (
    <div className={classes.fields}>
      <TextInput
        size="xs"
        label={t("fields.description")}
        value={details.description}
        maxLength={LONGEST}
        disabled={disabled}
        error={problems.description}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
      />
      {categories.length > 1 && (
        <NativeSelect
          size="xs"
          label={t("fields.category")}
          value={details.category}
          data={categories.map((value) => ({ value, label: categoryName(value) }))}
          disabled={disabled}
          error={problems.category}
          onChange={(event) => onChange({ category: event.currentTarget.value })}
        />
      )}
      <TextInput
        size="xs"
        type="date"
        label={t("fields.date")}
        value={details.documentDate}
        disabled={disabled}
        error={problems.document_date}
        onChange={(event) => onChange({ documentDate: event.currentTarget.value })}
      />
    </div>
  );
}
