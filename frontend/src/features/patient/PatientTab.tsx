import type { Patient } from "@/api/types";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "@/features/records/kind";
import { insurances } from "@/features/records/kinds/insurances";
import { labResults } from "@/features/records/kinds/labResults";
import { medicalRecords } from "@/features/records/kinds/medicalRecords";
import { procedures } from "@/features/records/kinds/procedures";
import { visits } from "@/features/records/kinds/visits";
import { useTabNavigation } from "@/features/records/list/useNavigation";
import { RecordsView } from "@/features/records/RecordsView";
import { PatientDocuments } from "./PatientDocuments";
import { Summary } from "./Summary";
import { Timeline } from "./Timeline";
import type { TabName } from "./tabNames";

type RecordsProps<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  patientId: string;
};

function Records<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  patientId,
}: RecordsProps<R, D, B>) {
  return <RecordsView kind={kind} patientId={patientId} navigation={useTabNavigation()} />;
}

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
    case "lab-results":
      return <Records kind={labResults} patientId={patientId} />;
    case "visits":
      return <Records kind={visits} patientId={patientId} />;
    case "procedures":
      return <Records kind={procedures} patientId={patientId} />;
    case "insurances":
      return <Records kind={insurances} patientId={patientId} />;
    case "medical-records":
      return <Records kind={medicalRecords} patientId={patientId} />;
  }
}
