import { Alert, Anchor, Button, Group, Loader, Text } from "@mantine/core";
import { IconPackageExport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { one } from "@/features/records/endpoints";

const SOON = 2_000; // milliseconds between two questions how far the ZIP is

/** Everything of a patient as one ZIP, made by a job; asking twice gives the same one. */
export function ExportPanel({ patientId }: { patientId: string }) {
  const { t } = useTranslation("people");
  const errorText = useErrorText();
  const start = useAction({
    mutationFn: () => unwrap(api.POST("/api/v1/patients/{id}/export", one(patientId))),
  });
  const id = start.data?.id ?? "";
  const archive = useQuery({
    queryKey: ["archive", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/archives/{id}", one(id, signal))),
    enabled: id !== "",
    refetchInterval: (query) => (query.state.data?.state === "making" ? SOON : false),
  });
  const zip = archive.data ?? start.data;
  const error = start.error ?? archive.error;
  return (
    <div>
      <div role="status">
        {zip?.state === "making" && (
          <Group gap="xs">
            <Loader size="xs" aria-hidden />
            <Text size="sm">{t("export.making")}</Text>
          </Group>
        )}
        {zip?.state === "ready" && (
          <Group gap="xs">
            <Text size="sm">{t("export.ready", { count: zip.documents })}</Text>
            {!zip.complete && <Text size="sm">{t("export.incomplete")}</Text>}
            {zip.download && (
              <Anchor size="sm" href={zip.download} download>
                {t("export.download")}
              </Anchor>
            )}
          </Group>
        )}
        {zip?.state === "failed" && <Text size="sm">{t("export.failed")}</Text>}
        {(zip?.state === "expired" || zip?.state === "removed") && (
          <Text size="sm">{t("export.gone")}</Text>
        )}
      </div>
      {error && (
        <Alert color="red" role="alert" my="xs">
          {errorText(error)}
        </Alert>
      )}
      {(!zip || !["making", "ready"].includes(zip.state)) && (
        <Button
          variant="default"
          leftSection={<IconPackageExport size={16} aria-hidden />}
          loading={start.isPending}
          onClick={() => start.run()}
        >
          {t(zip ? "export.again" : "export.action")}
        </Button>
      )}
    </div>
  );
}
