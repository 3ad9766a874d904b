import { useQuery } from "@tanstack/react-query";
import { useSession } from "@/app/session";
import { searchPatients } from "@/features/patient/patients";

/** The one patient whom somebody sees who signs in as a patient and is nobody's guardian. */
export function useOnlyPatient(): { id: string | undefined; asking: boolean } {
  const { isPatient } = useSession();
  const own = useQuery({
    queryKey: ["patients", "own"],
    queryFn: ({ signal }) => searchPatients("", signal),
    enabled: isPatient,
    staleTime: 5 * 60_000,
  });
  const id = own.data?.length === 1 ? own.data[0]?.id : undefined;
  return { id, asking: isPatient && own.isPending };
}
