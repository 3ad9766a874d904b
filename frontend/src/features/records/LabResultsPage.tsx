import { labResults } from "./kinds/labResults";
import { RecordsPage } from "./RecordsPage";

export default function LabResultsPage() {
  return <RecordsPage kind={labResults} />;
}
