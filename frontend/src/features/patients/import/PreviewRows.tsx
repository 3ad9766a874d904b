import { Anchor, Badge, Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { OUTCOMES, outcomeOf } from "./outcomes";
import { useFieldName } from "./useFieldName";

const STEP = 50; // rows at a time: a thousand at once would make the page slow

/** Rows of the file, what would become of each, and what is wrong with it. */
export function PreviewRows({ rows }: { rows: Schema<"PreviewedRow">[] }) {
  const { t } = useTranslation("patients");
  const common = useTranslation().t;
  const fieldName = useFieldName();
  const [shown, setShown] = useState(STEP);
  return (
    <>
      <Table.ScrollContainer minWidth={560} mah={480}>
        <Table withTableBorder stickyHeader verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("import.line")}</Table.Th>
              <Table.Th>{t("name")}</Table.Th>
              <Table.Th>{t("import.outcome")}</Table.Th>
              <Table.Th>{t("import.faults")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, shown).map((row) => {
              const outcome = outcomeOf(row);
              const color = OUTCOMES.find((one) => one.name === outcome)?.color;
              return (
                <Table.Tr key={row.line}>
                  <Table.Td>{row.line}</Table.Td>
                  <Table.Td>{row.name}</Table.Td>
                  <Table.Td>
                    <Badge variant="dot" tt="none" {...(color ? { color } : {})}>
                      {t(`import.outcomes.${outcome}`)}
                    </Badge>
                  </Table.Td>
                  <Table.Td>
                    {row.errors.map((fault) => (
                      <Text size="sm" key={`${fault.field} ${fault.code}`}>
                        <strong>{fieldName(fault.field)}:</strong> {fault.message}{" "}
                        {fault.patient_id && (
                          <Anchor
                            component={Link}
                            to={`/patients/${fault.patient_id}`}
                            target="_blank"
                            underline="always"
                          >
                            {t("import.openOther")}
                          </Anchor>
                        )}
                      </Text>
                    ))}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows.length > shown && (
        <Button variant="subtle" onClick={() => setShown((now) => now + STEP)}>
          {common("more")}
        </Button>
      )}
    </>
  );
}
