import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { useDates } from "@/components/useDates";
import { Panel } from "./Panel";
import { Rows } from "./Rows";

/** The documents that came last; each leads to its patient's. */
export function LastUploads({ uploads }: { uploads: Schema<"Uploaded">[] }) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  return (
    <Panel title={t("uploads")}>
      <Rows
        none={t("noUploads")}
        rows={uploads.map((one) => ({
          key: one.id,
          main: one.patient_id ? (
            <Anchor component={Link} to={`/patients/${one.patient_id}/documents`}>
              {one.file_name}
            </Anchor>
          ) : (
            <Text>{one.file_name}</Text>
          ),
          side: dates.moment(one.uploaded_at),
        }))}
      />
    </Panel>
  );
}
