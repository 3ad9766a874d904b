import type { ComponentType } from "react";
import { lazily } from "@/components/lazily";
import type { BaseDraft, BaseRecord, Kind } from "@/features/records/kind";
import { useTabNavigation } from "@/features/records/list/useNavigation";
import { RecordsView } from "@/features/records/RecordsView";
import type { RecordsTab } from "./tabNames";

type Tab = ComponentType<{ patientId: string }>;

function tabOf<R extends BaseRecord, D extends BaseDraft, B extends object>(
  kind: Kind<R, D, B>,
): Tab {
  return function Records({ patientId }) {
    return <RecordsView kind={kind} patientId={patientId} navigation={useTabNavigation()} />;
  };
}

const TABS: Record<RecordsTab, Tab> = {
  "lab-results": lazily(async () =>
    tabOf((await import("@/features/records/kinds/labResults")).labResults),
  ),
  visits: lazily(async () => tabOf((await import("@/features/records/kinds/visits")).visits)),
  procedures: lazily(async () =>
    tabOf((await import("@/features/records/kinds/procedures")).procedures),
  ),
  insurances: lazily(async () =>
    tabOf((await import("@/features/records/kinds/insurances")).insurances),
  ),
  "medical-records": lazily(async () =>
    tabOf((await import("@/features/records/kinds/medicalRecords")).medicalRecords),
  ),
};

/** A patient's records of one kind. */
export function PatientRecords({ tab, patientId }: { tab: RecordsTab; patientId: string }) {
  const Records = TABS[tab];
  return <Records patientId={patientId} />;
}
