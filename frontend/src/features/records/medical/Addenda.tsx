import { Blockquote, Stack, Text, Title } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useDates } from "@/components/useDates";
import { AddendumForm } from "./AddendumForm";
import type { Row } from "./drafts";

/** What was added to a final record, and the field to add more. */
export function Addenda({ record }: { record: Row }) {
  const { t } = useTranslation("records");
  const { can } = useSession();
  const { moment } = useDates();
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <Stack gap="xs">
        <Text size="sm">{t("finalize.final")}</Text>
        <Title order={3} size="h4" id={heading}>
          {t("addenda.title")}
        </Title>
        {record.addenda.length === 0 && <Text size="sm">{t("addenda.none")}</Text>}
        {record.addenda.map((one) => (
          <Blockquote
            key={one.id}
            p="sm"
            cite={t("addenda.by", { author: one.author, moment: moment(one.created_at) })}
            style={{ whiteSpace: "pre-wrap" }}
          >
            {one.text}
          </Blockquote>
        ))}
        {can("records.change") && <AddendumForm recordId={record.id} />}
      </Stack>
    </section>
  );
}
