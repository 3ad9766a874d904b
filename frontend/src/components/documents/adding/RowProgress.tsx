import { Progress, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { PendingFile } from "../pending";
import { useWords } from "./useWords";

/** How far an upload is, as a bar and in words. */
export function RowProgress({ row, labelledBy }: { row: PendingFile; labelledBy: string }) {
  const { t } = useTranslation("uploads");
  const words = useWords();
  const { status, file, sent } = row;
  if (status !== "uploading" && status !== "loading" && status !== "done") return null;
  const text = words.progress(row);
  const value = file.size === 0 ? 100 : Math.floor((100 * sent) / file.size);
  return (
    <div>
      {status === "uploading" && (
        <Progress.Root size="sm" mb={4}>
          <Progress.Section
            value={value}
            color={row.phase === "waiting" ? "orange" : undefined}
            aria-label={t("row.progress", { name: file.name })}
            aria-describedby={labelledBy}
            aria-valuetext={text}
          />
        </Progress.Root>
      )}
      <Text size="xs" c={status === "done" ? undefined : "dimmed"}>
        {text}
      </Text>
    </div>
  );
}
