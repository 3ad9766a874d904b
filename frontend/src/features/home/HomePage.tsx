import { useSession } from "@/app/session";
import { OtherHome } from "./OtherHome";
import { PatientHome } from "./patient/PatientHome";
import { StaffHome } from "./StaffHome";

/** What each role begins with. */
export default function HomePage() {
  const { me, isPatient } = useSession();
  if (isPatient) return <PatientHome />;
  return me.staff ? <StaffHome /> : <OtherHome />;
}
