import { Anchor, Button, Checkbox, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDates } from "@/components/useDates";
import { InviteBadge, StatusBadge } from "./Badges";
import type { Sort } from "./filter";
import type { ListProps } from "./list";
import { isInvitable, nameOf } from "./people";
import { SortHead } from "./SortHead";
import { useClinicians } from "./useClinicians";

type Props = ListProps & { sort: Sort; onSort: (sort: Sort) => void };

export function PatientsTable({ patients, selection, onInvite, sort, onSort }: Props) {
  const { t } = useTranslation("patients");
  const clinicians = useClinicians();
  const dates = useDates();
  const chosen = patients.filter((one) => selection?.has(one.id)).length;
  const sorting = { sort, onSort };
  return (
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="xs" aria-label={t("title")}>
        <Table.Thead>
          <Table.Tr>
            {selection && (
              <Table.Th w={40}>
                <Checkbox
                  aria-label={t("selectAll")}
                  checked={chosen > 0 && chosen === patients.length}
                  indeterminate={chosen > 0 && chosen < patients.length}
                  onChange={(event) => selection.all(patients, event.currentTarget.checked)}
                />
              </Table.Th>
            )}
            <SortHead up="name" down="-name" label={t("name")} {...sorting} />
            <SortHead
              up="date_of_birth"
              down="-date_of_birth"
              label={t("dateOfBirth")}
              {...sorting}
            />
            <Table.Th>{t("contact")}</Table.Th>
            <Table.Th>{t("status")}</Table.Th>
            <Table.Th>{t("clinician")}</Table.Th>
            <Table.Th>{t("invite")}</Table.Th>
            {onInvite && <Table.Th>{t("actions")}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {patients.map((patient) => (
            <Table.Tr key={patient.id}>
              {selection && (
                <Table.Td>
                  <Checkbox
                    aria-label={t("select", { name: nameOf(patient) })}
                    checked={selection.has(patient.id)}
                    onChange={() => selection.toggle(patient)}
                  />
                </Table.Td>
              )}
              <Table.Td>
                <Anchor component={Link} to={`/patients/${patient.id}`}>
                  {nameOf(patient)}
                </Anchor>
              </Table.Td>
              <Table.Td>{dates.day(patient.date_of_birth)}</Table.Td>
              <Table.Td>
                <Text size="sm">{patient.email}</Text>
                <Text size="sm">{patient.phone}</Text>
              </Table.Td>
              <Table.Td>
                <StatusBadge status={patient.status} />
              </Table.Td>
              <Table.Td>{clinicians.nameOf(patient.clinician_id) || t("nobody")}</Table.Td>
              <Table.Td>
                <InviteBadge invite_state={patient.invite_state} />
              </Table.Td>
              {onInvite && (
                <Table.Td>
                  {isInvitable(patient) && (
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      aria-label={t("inviteOne", { name: nameOf(patient) })}
                      onClick={() => onInvite(patient)}
                    >
                      {t("doInvite")}
                    </Button>
                  )}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
