import { Button, Checkbox, MultiSelect, Select, SimpleGrid } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Filter, INVITE_STATES, isFiltered, SORTS, STATUSES } from "./filter";
import { SearchField } from "./SearchField";
import { useClinicians } from "./useClinicians";

type Props = {
  filter: Filter;
  onChange: (part: Partial<Filter>, options?: { replace?: boolean }) => void;
};

/** What is searched for, and in which order. */
export function Filters({ filter, onChange }: Props) {
  const { t } = useTranslation("patients");
  const { options } = useClinicians();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 6 }} mb="md" style={{ alignItems: "end" }}>
      <SearchField
        value={filter.search}
        onChange={(search) => onChange({ search }, { replace: true })}
      />
      <MultiSelect
        label={t("status")}
        placeholder={filter.status.length === 0 ? t("all") : ""}
        data={STATUSES.map((value) => ({ value, label: t(`statuses.${value}`) }))}
        value={filter.status}
        clearable
        clearButtonProps={{ "aria-label": t("clear") }}
        onChange={(chosen) => onChange({ status: STATUSES.filter((one) => chosen.includes(one)) })}
      />
      <Select
        label={t("clinician")}
        placeholder={t("all")}
        data={options}
        value={filter.clinician || null}
        disabled={filter.unassigned}
        clearable
        searchable
        clearButtonProps={{ "aria-label": t("clear") }}
        onChange={(clinician) => onChange({ clinician: clinician ?? "" })}
      />
      <Select
        label={t("invite")}
        placeholder={t("all")}
        data={INVITE_STATES.map((value) => ({ value, label: t(`invites.${value}`) }))}
        value={filter.invite_state || null}
        clearable
        clearButtonProps={{ "aria-label": t("clear") }}
        onChange={(chosen) =>
          onChange({ invite_state: INVITE_STATES.find((one) => one === chosen) ?? "" })
        }
      />
      <Select
        label={t("order")}
        data={SORTS.map((value) => ({ value, label: t(`sorts.${value}`) }))}
        value={filter.sort}
        allowDeselect={false}
        onChange={(chosen) => onChange({ sort: SORTS.find((one) => one === chosen) ?? "name" })}
      />
      <div>
        <Checkbox
          mb={4}
          label={t("unassigned")}
          checked={filter.unassigned}
          onChange={(event) => onChange({ unassigned: event.currentTarget.checked, clinician: "" })}
        />
        {isFiltered(filter) && (
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() =>
              onChange({
                search: "",
                status: [],
                clinician: "",
                invite_state: "",
                unassigned: false,
              })
            }
          >
            {t("clear")}
          </Button>
        )}
      </div>
    </SimpleGrid>
  );
}
