import { Button, Group } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { api, unwrap } from "@/api/client";
import { useSession } from "@/app/session";
import { FileList } from "@/components/documents/list/FileList";
import { usePolicy } from "@/components/documents/policies";
import { FilePreview } from "@/components/documents/preview/FilePreview";
import { LeaveGuard } from "@/components/LeaveGuard";
import { lazily } from "@/components/lazily";
import { ErrorState } from "@/components/states";
import { one } from "@/features/records/endpoints";

const RecordDocuments = lazily(
  async () => (await import("@/features/records/dialog/RecordDocuments")).RecordDocuments,
);

/**
 * The documents of all records of a patient, with search and dates; `?document=` opens one.
 *
 * What belongs to no record (a referral, a letter) is put to the patient here.
 */
export function PatientDocuments({ patientId }: { patientId: string }) {
  const { t } = useTranslation("records");
  const { can } = useSession();
  const policy = usePolicy("patients");
  const [mode, setMode] = useState<"view" | "edit">("view");
  const [params, setParams] = useSearchParams();
  const id = params.get("document") ?? "";
  const wanted = useQuery({
    queryKey: ["file", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/files/{id}", one(id, signal))),
    enabled: id !== "",
  });
  if (mode === "edit") {
    return (
      <LeaveGuard>
        <RecordDocuments slug="patients" id={patientId} mode={mode} onMode={setMode} />
      </LeaveGuard>
    );
  }
  return (
    <>
      {can("documents.add") && policy.data?.operations.includes("upload") && (
        <Group justify="flex-end" mb="xs">
          <Button
            variant="default"
            leftSection={<IconPaperclip size={16} aria-hidden />}
            onClick={() => setMode("edit")}
          >
            {t("dialog.addDocuments")}
          </Button>
        </Group>
      )}
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
