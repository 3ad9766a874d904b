import { Button, Center, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import { iconOf } from "../files";

/** Reasons of the server for which there are words; another one gets general words. */
const REASONS = [
  ...(["no_picture", "damaged", "encrypted", "unsupported", "too_large"] as const),
  ...(["out_of_memory", "timed_out", "crashed", "no_bytes", "busy"] as const),
];

type Props = { document: Document; reason: string; onDownload: () => void };

/** What stands where there is no picture: why, and what to do. */
export function Placeholder({ document, reason, onDownload }: Props) {
  const { t } = useTranslation("files");
  const known = REASONS.find((one) => one === reason) ?? "other";
  const Icon = iconOf(document);
  return (
    <Center h="100%" p="md">
      <Stack align="center" gap="xs" role="status">
        <Icon size={64} stroke={1} aria-hidden />
        {known !== "busy" && <Text fw={500}>{t("placeholder.title")}</Text>}
        <Text>{t(`placeholder.${known}`)}</Text>
        {known !== "busy" && (
          <>
            <Text size="sm">{t("placeholder.hint")}</Text>
            <Button leftSection={<IconDownload size={16} aria-hidden />} onClick={onDownload}>
              {t("preview.download")}
            </Button>
          </>
        )}
      </Stack>
    </Center>
  );
}
