import { Select, SimpleGrid, Table, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { toOptions, useChoices, useFieldLabel } from "../choices";
import type { PartProps } from "../kind";
import { type Draft, newLab } from "./drafts";
import { Rows } from "./Rows";

type TextName = "test" | "code" | "value" | "unit" | "reference_range";

export function LabValuesEdit({ draft, change, errorOf }: PartProps<Draft>) {
  const { t } = useTranslation("records");
  const label = useFieldLabel();
  const choices = useChoices();
  return (
    <Rows
      legend={label("lab_results")}
      addLabel={t("rows.add.lab_results")}
      nameOf={(number) => t("rows.lab", { number })}
      rows={draft.lab_results}
      make={newLab}
      onChange={(lab_results) => change({ lab_results })}
      error={errorOf("lab_results")}
    >
      {(row, patch, index) => {
        const text = (name: TextName, max: number) => (
          <TextInput
            label={t(`rows.${name === "reference_range" ? "range" : name}`)}
            value={row[name]}
            maxLength={max}
            error={errorOf(`lab_results.${index}.${name}`)}
            onChange={(event) => patch({ [name]: event.currentTarget.value })}
          />
        );
        return (
          <SimpleGrid cols={{ base: 2, sm: 3 }} spacing="xs" verticalSpacing="xs">
            {text("test", 200)}
            {text("value", 100)}
            {text("unit", 30)}
            {text("reference_range", 100)}
            <Select
              label={t("rows.flag")}
              data={toOptions(choices("flag"))}
              clearable
              value={row.flag || null}
              error={errorOf(`lab_results.${index}.flag`)}
              onChange={(flag) => patch({ flag: flag ?? "" })}
            />
            {text("code", 50)}
          </SimpleGrid>
        );
      }}
    </Rows>
  );
}

export function LabValuesShow({ draft }: { draft: Draft }) {
  const { t } = useTranslation("records");
  const choices = useChoices();
  return (
    <Table.ScrollContainer minWidth={420}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("rows.test")}</Table.Th>
            <Table.Th>{t("rows.value")}</Table.Th>
            <Table.Th>{t("rows.range")}</Table.Th>
            <Table.Th>{t("rows.flag")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {draft.lab_results.map((one) => (
            <Table.Tr key={one.key}>
              <Table.Td>{one.test}</Table.Td>
              <Table.Td>
                {one.value} {one.unit}
              </Table.Td>
              <Table.Td>{one.reference_range}</Table.Td>
              <Table.Td>{choices("flag")[one.flag] ?? one.flag}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
