import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { FileList } from "@/components/documents/list/FileList";
import { FilePreview } from "@/components/documents/preview/FilePreview";
import { ErrorState } from "@/components/states";
import { one } from "@/features/records/endpoints";

/** The documents of all records of a patient, with search and dates; `?document=` opens one. */
export function PatientDocuments({ patientId }: { patientId: string }) {
  const [params, setParams] = useSearchParams();
  const id = params.get("document") ?? "";
  const wanted = useQuery({
    queryKey: ["file", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/files/{id}", one(id, signal))),
    enabled: id !== "",
  });
  return (
    <>
      {id !== "" && wanted.isError && (
        <ErrorState error={wanted.error} onRetry={() => void wanted.refetch()} />
      )}
      <FileList scope="patient" patientId={patientId} />
      {id !== "" && wanted.data && (
        <FilePreview
          files={[wanted.data]}
          index={0}
          onIndex={() => {}}
          onClose={() => setParams({}, { replace: true })}
        />
      )}
    </>
  );
}
