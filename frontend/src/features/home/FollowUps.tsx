import { Anchor, Badge, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { useDates } from "@/components/useDates";
import { Panel } from "./Panel";
import { Rows } from "./Rows";

/** Whom somebody wanted to see again by now. */
export function FollowUps({ due, count }: { due: Schema<"FollowUp">[]; count: number }) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  return (
    <Panel
      title={t("followUps")}
      action={count > 0 && <Badge variant="light">{dates.number(count)}</Badge>}
    >
      <Rows
        none={t("noFollowUps")}
        rows={due.map((one) => ({
          key: one.record_id,
          main: (
            <>
              <Anchor component={Link} display="block" to={`/medical-records/${one.record_id}`}>
                {one.patient_name}
              </Anchor>
              <Text size="sm" c="dimmed" lineClamp={1}>
                {one.chief_complaint}
              </Text>
            </>
          ),
          side: dates.day(one.due),
        }))}
      />
      {count > due.length && (
        <Anchor component={Link} to="/medical-records?follow_up_required=true" size="sm">
          {t("allFollowUps", { count })}
        </Anchor>
      )}
    </Panel>
  );
}
