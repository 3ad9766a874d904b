import { medicalRecords } from "./kinds/medicalRecords";
import { RecordsPage } from "./RecordsPage";

export default function MedicalRecordsPage() {
  return <RecordsPage kind={medicalRecords} />;
}
