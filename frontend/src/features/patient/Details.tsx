import { Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPencil } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { FactList } from "@/components/FactList";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { useDates } from "@/components/useDates";
import type { Tagged } from "@/features/records/kind";
import { ALL } from "./patientDraft";
import { Section } from "./Section";
import { useClinicianName } from "./useClinicianName";
import { usePatientText } from "./usePatientText";

const EditPatient = lazily(async () => (await import("./EditPatient")).EditPatient);

/** All that is known of a patient, in words; what is empty is left out. */
export function Details({ patient: tagged }: { patient: Tagged<Patient> }) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const { can, isPatient, me } = useSession();
  const { moment } = useDates();
  const [editing, edit] = useDisclosure();
  const textOf = usePatientText();
  const patient = tagged.data;
  const clinician = useClinicianName(patient.clinician_id ?? "");
  const hidden = isPatient ? ["clinician_id", "notes"] : [];
  const lines = [
    ...ALL.filter((name) => name !== "notes"),
    "filemaker_id" as const,
    "notes" as const,
  ]
    .filter((name) => !hidden.includes(name))
    .map((name) => {
      const text = name === "clinician_id" ? clinician || t("nobody") : textOf(name, patient);
      return { name, text };
    })
    .filter(({ text }) => text !== "");
  return (
    <Section
      title={t("details")}
      actions={
        can("patients.change") && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={16} aria-hidden />}
            onClick={edit.open}
          >
            {isPatient ? t("editOwn") : common("edit")}
          </Button>
        )
      }
    >
      <FactList
        facts={lines.map(({ name, text }) => ({
          name,
          label: t(`fields.${name}`),
          value: text,
          wide: name === "notes",
        }))}
      />
      {me.staff && (
        <Text size="xs" c="dimmed" mt="sm">
          {t("entered", {
            created: moment(patient.created_at),
            updated: moment(patient.updated_at),
          })}
        </Text>
      )}
      {editing && (
        <Over>
          <EditPatient patient={tagged} onClose={edit.close} />
        </Over>
      )}
    </Section>
  );
}
