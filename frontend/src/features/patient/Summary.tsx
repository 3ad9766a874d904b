import { Group, SimpleGrid, Stack } from "@mantine/core";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import type { Tagged } from "@/features/records/kind";
import { ArchiveButton } from "./ArchiveButton";
import { Details } from "./Details";
import { ExportPanel } from "./ExportPanel";
import { Guardians } from "./Guardians";
import { InviteSection } from "./InviteSection";

/** The first tab of a patient: who they are, who acts for them, and what can be done. */
export function Summary({ patient }: { patient: Tagged<Patient> }) {
  const { can, me } = useSession();
  const { id } = patient.data;
  return (
    <Stack>
      <Details patient={patient} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {can("invites.view") && <InviteSection patient={patient.data} />}
        <Guardians patientId={id} />
      </SimpleGrid>
      <Group align="flex-start">
        {me.staff && can("patients.change") && <ArchiveButton patient={patient.data} />}
        {can("patients.export") && <ExportPanel patientId={id} />}
      </Group>
    </Stack>
  );
}
