import { Anchor, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Patient } from "@/api/types";
import { nameOf } from "@/features/patients/people";
import { Problem } from "@/features/session/Problem";
import type { Result } from "./useInvite";

type Props = { patients: Patient[]; results: Result[]; onClose: () => void };

/** Who was invited, and of the others why not and what to do. */
export function InviteResults({ patients, results, onClose }: Props) {
  const { t } = useTranslation("people");
  const common = useTranslation().t;
  const refused = results.filter((one) => !one.invited);
  const invited = results.length - refused.length;
  const patientOf = (id: string) => patients.find((one) => one.id === id);
  return (
    <Stack>
      {invited > 0 && <Problem good>{t("invite.invited", { count: invited })}</Problem>}
      {refused.length > 0 && (
        <>
          <Text role="alert" fw={500}>
            {t("invite.refused", { count: refused.length })}
          </Text>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("invite.name")}</Table.Th>
                <Table.Th>{t("invite.why")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {refused.map((one) => {
                const patient = patientOf(one.patient_id);
                return (
                  <Table.Tr key={one.patient_id}>
                    <Table.Td>
                      <Anchor component={Link} to={`/patients/${one.patient_id}`}>
                        {patient ? nameOf(patient) : t("onePatient")}
                      </Anchor>
                    </Table.Td>
                    <Table.Td>{one.detail}</Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose} autoFocus>
          {common("close")}
        </Button>
      </Group>
    </Stack>
  );
}
