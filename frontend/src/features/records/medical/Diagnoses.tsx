import { List, Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { toOptions, useChoices, useFieldLabel } from "../choices";
import type { PartProps } from "../kind";
import { type Draft, newDiagnosis } from "./drafts";
import { Icd10Picker } from "./Icd10Picker";
import { Rows } from "./Rows";

/** Coded diagnoses; choosing a code writes its words, which can be changed. */
export function DiagnosesEdit({ draft, change, errorOf }: PartProps<Draft>) {
  const { t } = useTranslation("records");
  const label = useFieldLabel();
  const choices = useChoices();
  const rows = draft.diagnoses;
  return (
    <Rows
      legend={label("diagnoses")}
      addLabel={t("rows.add.diagnoses")}
      nameOf={(number) => t("rows.diagnosis", { number })}
      rows={rows}
      make={() => newDiagnosis(rows.every((row) => row.diagnosis_type !== "primary"))}
      onChange={(diagnoses) => change({ diagnoses })}
      error={errorOf("diagnoses")}
    >
      {(row, patch, index) => (
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
          <Icd10Picker
            value={row.icd_code}
            error={errorOf(`diagnoses.${index}.icd_code`)}
            onChange={(icd_code, words) =>
              patch({ icd_code, ...(words ? { diagnosis_name: words } : {}) })
            }
          />
          <Select
            label={t("rows.type")}
            data={toOptions(choices("rank"))}
            allowDeselect={false}
            value={row.diagnosis_type}
            error={errorOf(`diagnoses.${index}.diagnosis_type`)}
            onChange={(type) =>
              patch({ diagnosis_type: type === "primary" ? "primary" : "secondary" })
            }
          />
          <TextInput
            label={t("rows.name")}
            maxLength={255}
            value={row.diagnosis_name}
            error={errorOf(`diagnoses.${index}.diagnosis_name`)}
            onChange={(event) => patch({ diagnosis_name: event.currentTarget.value })}
          />
          <TextInput
            label={t("rows.notes")}
            maxLength={2000}
            value={row.notes}
            error={errorOf(`diagnoses.${index}.notes`)}
            onChange={(event) => patch({ notes: event.currentTarget.value })}
          />
        </SimpleGrid>
      )}
    </Rows>
  );
}

export function DiagnosesShow({ draft }: { draft: Draft }) {
  const { t } = useTranslation("records");
  return (
    <List size="sm" style={{ whiteSpace: "normal" }}>
      {draft.diagnoses.map((one) => (
        <List.Item key={one.key}>
          <b>{one.icd_code}</b> {one.diagnosis_name}
          {one.diagnosis_type === "primary" && ` (${t("rows.primary")})`}
          {one.notes && (
            <Text size="sm" c="dimmed">
              {one.notes}
            </Text>
          )}
        </List.Item>
      ))}
    </List>
  );
}
