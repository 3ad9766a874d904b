import { visits } from "./kinds/visits";
import { RecordsPage } from "./RecordsPage";

export default function VisitsPage() {
  return <RecordsPage kind={visits} />;
}
