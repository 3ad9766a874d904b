import { Button, Checkbox, Group, NativeSelect, SimpleGrid } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { ClinicianPicker } from "@/features/records/form/ClinicianPicker";
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
  const { nameOf } = useClinicians();
  return (
    <>
      <Checkbox.Group
        label={t("status")}
        value={filter.status}
        onChange={(chosen) => onChange({ status: STATUSES.filter((one) => chosen.includes(one)) })}
      >
        <Group gap="xs" mih={36}>
          {STATUSES.map((value) => (
            <Checkbox key={value} size="xs" value={value} label={t(`statuses.${value}`)} />
          ))}
        </Group>
      </Checkbox.Group>
      <ClinicianPicker
        label={t("clinician")}
        value={filter.clinician}
        name={nameOf(filter.clinician)}
        disabled={filter.unassigned}
        onChange={(clinician) => onChange({ clinician })}
      />
      <NativeSelect
        label={t("invite")}
        data={[
          { value: "", label: t("all") },
          ...INVITE_STATES.map((value) => ({ value, label: t(`invites.${value}`) })),
        ]}
        value={filter.invite_state}
        onChange={({ currentTarget: { value } }) =>
          onChange({ invite_state: INVITE_STATES.find((one) => one === value) ?? "" })
        }
      />
      <NativeSelect
        label={t("order")}
        data={SORTS.map((value) => ({ value, label: t(`sorts.${value}`) }))}
        value={filter.sort}
        onChange={({ currentTarget: { value } }) =>
          onChange({ sort: SORTS.find((one) => one === value) ?? "name" })
        }
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
