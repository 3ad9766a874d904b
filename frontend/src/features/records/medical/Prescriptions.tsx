import { List, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { toOptions, useChoices, useFieldLabel } from "../choices";
import type { PartProps } from "../kind";
import { type Draft, newPrescription, type PrescriptionDraft } from "./drafts";
import { Rows } from "./Rows";
import { DOSE_UNITS } from "./units";

type TextName = "medication" | "dose" | "frequency" | "lasts" | "note";
/** What the server calls it, and its label. */
const nameOf = (name: TextName) => (name === "lasts" ? "duration" : name);

export function PrescriptionsEdit({ draft, change, errorOf }: PartProps<Draft>) {
  const { t } = useTranslation("records");
  const label = useFieldLabel();
  const choices = useChoices();
  return (
    <Rows
      legend={label("prescriptions")}
      addLabel={t("rows.add.prescriptions")}
      nameOf={(number) => t("rows.prescription", { number })}
      rows={draft.prescriptions}
      make={newPrescription}
      onChange={(prescriptions) => change({ prescriptions })}
      error={errorOf("prescriptions")}
    >
      {(row, patch, index) => {
        const errorAt = (name: string) =>
          errorOf(`prescriptions.${index}.${name}`) ??
          errorOf(`prescriptions.${index}.${name}.value`);
        const text = (name: TextName, max: number, numeric = false) => (
          <TextInput
            label={t(`rows.${nameOf(name)}`)}
            value={row[name]}
            maxLength={max}
            inputMode={numeric ? "decimal" : "text"}
            error={errorAt(nameOf(name))}
            onChange={(event) => patch({ [name]: event.currentTarget.value })}
          />
        );
        return (
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs" verticalSpacing="xs">
            {text("medication", 200)}
            {text("dose", 12, true)}
            <Select
              label={t("rows.unit")}
              data={DOSE_UNITS}
              allowDeselect={false}
              searchable
              value={row.unit}
              error={errorAt("unit")}
              onChange={(unit) => patch({ unit: unit ?? "" })}
            />
            <Select
              label={t("rows.route")}
              data={toOptions(choices("route"))}
              allowDeselect={false}
              searchable
              value={row.route}
              error={errorAt("route")}
              onChange={(route) => patch({ route: route ?? "" })}
            />
            {text("frequency", 100)}
            {text("lasts", 6, true)}
            <Select
              label={t("rows.durationUnit")}
              data={toOptions(choices("period"))}
              allowDeselect={false}
              value={row.period}
              error={errorOf(`prescriptions.${index}.duration.unit`)}
              onChange={(period) => patch({ period: period ?? "day" })}
            />
            {text("note", 500)}
          </SimpleGrid>
        );
      }}
    </Rows>
  );
}

export function PrescriptionsShow({ draft }: { draft: Draft }) {
  const choices = useChoices();
  const inWords = (one: PrescriptionDraft) =>
    [
      `${one.dose} ${one.unit}`,
      choices("route")[one.route] ?? one.route,
      one.frequency,
      one.lasts && `${one.lasts} ${choices("period")[one.period] ?? one.period}`,
      one.note,
    ]
      .filter(Boolean)
      .join(", ");
  return (
    <List size="sm" style={{ whiteSpace: "normal" }}>
      {draft.prescriptions.map((one) => (
        <List.Item key={one.key}>
          <b>{one.medication}</b> {inWords(one)}
        </List.Item>
      ))}
    </List>
  );
}
