import { insurances } from "./kinds/insurances";
import { RecordsPage } from "./RecordsPage";

export default function InsurancesPage() {
  return <RecordsPage kind={insurances} />;
}
