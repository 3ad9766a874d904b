import { procedures } from "./kinds/procedures";
import { RecordsPage } from "./RecordsPage";

export default function ProceduresPage() {
  return <RecordsPage kind={procedures} />;
}
