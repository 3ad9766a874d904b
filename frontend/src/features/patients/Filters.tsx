import { Button, Checkbox, MultiSelect, Select, SimpleGrid } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { type Filter, INVITE_STATES, isFiltered, SORTS, STATUSES } from "./filter";
import { SearchField } from "./SearchField";
import { useClinicians } from "./useClinicians";

type Props = {
  filter: Filter;
  onChange: (part: Partial<Filter>, options?: { replace?: boolean }) => void;
};

/** What is searched for, and in which order. On a phone the search stands alone until more is asked for. */
export function Filters({ filter, onChange }: Props) {
  const { t } = useTranslation("patients");
  const isPhone = useMediaQuery("(max-width: 48em)");
  const [opened, more] = useDisclosure();
  const shown = !isPhone || opened;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 6 }} mb="md" style={{ alignItems: "end" }}>
      <SearchField
        value={filter.search}
        onChange={(search) => onChange({ search }, { replace: true })}
      />
      {isPhone && (
        <Button variant="default" aria-expanded={opened} onClick={more.toggle}>
          {t(isFiltered({ ...filter, search: "" }) ? "filtersOn" : "filters")}
        </Button>
      )}
      {shown && <More filter={filter} onChange={onChange} />}
    </SimpleGrid>
  );
}

function More({ filter, onChange }: Props) {
  const { t } = useTranslation("patients");
  const { options } = useClinicians();
  return (
    <>
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
    </>
  );
}
