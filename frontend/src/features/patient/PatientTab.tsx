import type { Patient } from "@/api/types";
import { lazily } from "@/components/lazily";
import type { Tagged } from "@/features/records/kind";
import type { TabName } from "./tabNames";

// Nobody opens all of them.
const Summary = lazily(async () => (await import("./Summary")).Summary);
const Timeline = lazily(async () => (await import("./Timeline")).Timeline);
const PatientDocuments = lazily(async () => (await import("./PatientDocuments")).PatientDocuments);
const PatientRecords = lazily(async () => (await import("./PatientRecords")).PatientRecords);

/** What one tab of a patient shows. */
export function PatientTab({ tab, patient }: { tab: TabName; patient: Tagged<Patient> }) {
  const patientId = patient.data.id;
  switch (tab) {
    case "summary":
      return <Summary patient={patient} />;
    case "timeline":
      return <Timeline patientId={patientId} />;
    case "documents":
      return <PatientDocuments patientId={patientId} />;
    default:
      return <PatientRecords tab={tab} patientId={patientId} />;
  }
}
