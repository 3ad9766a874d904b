import { Button, Collapse, Group, SimpleGrid } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconFilter, IconFilterOff } from "@tabler/icons-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { PatientPicker } from "@/features/patient/PatientPicker";
import type { Filter } from "../kind";
import { FilterInput } from "./FilterInput";
import type { Filters } from "./useFilters";

type Props = { of: Filter[]; filters: Filters; withPatient: boolean };

/** The filters above a list; folded on a phone until somebody wants them. */
export function RecordFilters({ of, filters, withPatient }: Props) {
  const { t } = useTranslation("records");
  const wide = useMediaQuery("(min-width: 48em)") ?? true;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const opened = chosen ?? wide;
  const id = useId();
  return (
    <div>
      <Group gap="xs" mb="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          aria-expanded={opened}
          aria-controls={id}
          onClick={() => setChosen(!opened)}
        >
          {t("list.filters")}
          {filters.count > 0 && ` (${filters.count})`}
        </Button>
        {filters.count > 0 && (
          <Button
            size="xs"
            variant="subtle"
            leftSection={<IconFilterOff size={16} aria-hidden />}
            onClick={filters.clear}
          >
            {t("list.clearFilters")}
          </Button>
        )}
      </Group>
      <Collapse expanded={opened} id={id} transitionDuration={0}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 6 }} mb="md" verticalSpacing="xs">
          {withPatient && (
            <PatientPicker
              value={filters.valueOf("patient") || null}
              onChange={(patient) => filters.set("patient", patient ?? "")}
            />
          )}
          {of.map((filter) => (
            <FilterInput
              key={filter.name}
              filter={filter}
              value={filters.valueOf(filter.name)}
              onChange={(value) => filters.set(filter.name, value)}
            />
          ))}
        </SimpleGrid>
      </Collapse>
    </div>
  );
}
