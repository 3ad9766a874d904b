import { Button, SimpleGrid, Stack } from "@mantine/core";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { LoadingState } from "@/components/states";
import { nameOf } from "@/features/patients/people";
import { Panel } from "../Panel";
import { Insurances } from "./Insurances";
import { LatestRecords } from "./LatestRecords";
import { LatestResults } from "./LatestResults";

const FileList = lazily(
  async () => (await import("@/components/documents/list/FileList")).FileList,
);

/** The newest of one record, and all its documents. */
export function OnePatient({ patient }: { patient: Patient }) {
  const { t } = useTranslation("dashboard");
  const { can } = useSession();
  return (
    <Stack>
      <Button
        component={Link}
        to={`/patients/${patient.id}`}
        size="lg"
        variant="default"
        style={{ alignSelf: "flex-start", maxWidth: "100%" }}
      >
        {t("mine.open", { name: nameOf(patient) })}
      </Button>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {can("records.view") && <LatestResults patientId={patient.id} />}
        {can("records.view") && <LatestRecords patientId={patient.id} />}
      </SimpleGrid>
      {can("insurances.view") && <Insurances patientId={patient.id} />}
      {can("documents.view") && (
        <Panel title={t("mine.documents")}>
          <Suspense fallback={<LoadingState />}>
            <FileList scope="patient" patientId={patient.id} canDelete={false} />
          </Suspense>
        </Panel>
      )}
    </Stack>
  );
}
