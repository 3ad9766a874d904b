import { Radio, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { useDates } from "@/components/useDates";
import { nameOf } from "@/features/patients/people";
import classes from "./Whose.module.css";

type Props = { patients: Patient[]; chosen: string; onChoose: (id: string) => void };

/** Choose whose record is shown: one's own, or a child's. */
export function Whose({ patients, chosen, onChoose }: Props) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  return (
    <Radio.Group label={t("mine.whose")} value={chosen} onChange={onChoose}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} mt="xs">
        {patients.map((one) => (
          <Radio.Card key={one.id} value={one.id} className={classes.card}>
            <Radio.Indicator />
            <span>
              <Text span fw={600} display="block">
                {nameOf(one)}
              </Text>
              <Text span size="sm">
                {one.date_of_birth && t("mine.born", { day: dates.day(one.date_of_birth) })}
              </Text>
            </span>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
