import { Anchor, Button, Card, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDates } from "@/components/useDates";
import { InviteBadge, StatusBadge } from "./Badges";
import type { ListProps } from "./list";
import { isInvitable, nameOf } from "./people";
import { useClinicians } from "./useClinicians";

/** The list on a phone. */
export function PatientCards({ patients, selection, onInvite }: ListProps) {
  const { t } = useTranslation("patients");
  const clinicians = useClinicians();
  const dates = useDates();
  return (
    <Stack component="ul" p={0} m={0} gap="sm" style={{ listStyle: "none" }}>
      {patients.map((patient) => (
        <Card component="li" key={patient.id} withBorder p="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Anchor component={Link} to={`/patients/${patient.id}`} fw={600} py={4}>
              {nameOf(patient)}
            </Anchor>
            {selection && (
              <Checkbox
                size="md"
                aria-label={t("select", { name: nameOf(patient) })}
                checked={selection.has(patient.id)}
                onChange={() => selection.toggle(patient)}
              />
            )}
          </Group>
          <Text size="sm">
            {[dates.day(patient.date_of_birth), clinicians.nameOf(patient.clinician_id)]
              .filter(Boolean)
              .join(" · ")}
          </Text>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {[patient.email, patient.phone].filter(Boolean).join(" · ")}
          </Text>
          <Group gap="xs" mt={6}>
            <StatusBadge status={patient.status} />
            <InviteBadge invite_state={patient.invite_state} />
            {onInvite && isInvitable(patient) && (
              <Button
                size="compact-md"
                variant="default"
                aria-label={t("inviteOne", { name: nameOf(patient) })}
                onClick={() => onInvite(patient)}
              >
                {t("doInvite")}
              </Button>
            )}
          </Group>
        </Card>
      ))}
    </Stack>
  );
}
