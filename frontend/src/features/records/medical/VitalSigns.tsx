import { Fieldset, Group, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFieldLabel } from "../choices";
import type { PartProps } from "../kind";
import type { Draft, Sign } from "./drafts";
import { SIGN_UNITS } from "./units";

const isSign = (name: string): name is Sign => name in SIGN_UNITS;
const SIGNS = Object.keys(SIGN_UNITS).filter(isSign);

/** What was measured; an empty one is left out. */
export function VitalSignsEdit({ draft, change, errorOf }: PartProps<Draft>) {
  const { t } = useTranslation("records");
  const label = useFieldLabel();
  return (
    <Fieldset legend={label("vital_signs")}>
      <SimpleGrid cols={{ base: 1, xs: 2, sm: 4 }} spacing="xs" verticalSpacing="xs">
        {SIGNS.map((sign) => {
          const units = SIGN_UNITS[sign];
          const { value, unit } = draft.vital_signs[sign] ?? { value: "", unit: units[0] };
          const set = (patch: { value?: string; unit?: string }) =>
            change({
              vital_signs: { ...draft.vital_signs, [sign]: { value, unit, ...patch } },
            });
          const error = errorOf(`vital_signs.${sign}`);
          return (
            <div key={sign}>
              <Group gap={4} wrap="nowrap" align="flex-start">
                <TextInput
                  label={units.length > 1 ? t(`signs.${sign}`) : `${t(`signs.${sign}`)} (${unit})`}
                  inputMode="decimal"
                  maxLength={12}
                  value={value}
                  error={error}
                  onChange={(event) => set({ value: event.currentTarget.value })}
                  style={{ flex: 1 }}
                />
                {units.length > 1 && (
                  <Select
                    label={t("rows.unit")}
                    aria-label={t("rows.unitOf", { what: t(`signs.${sign}`) })}
                    data={units}
                    value={unit}
                    allowDeselect={false}
                    w={84}
                    onChange={(chosen) => set({ unit: chosen ?? units[0] })}
                  />
                )}
              </Group>
            </div>
          );
        })}
      </SimpleGrid>
    </Fieldset>
  );
}

export function VitalSignsShow({ draft }: { draft: Draft }) {
  const { t } = useTranslation("records");
  const measured = SIGNS.flatMap((sign) => {
    const found = draft.vital_signs[sign];
    return found?.value ? [`${t(`signs.${sign}`)} ${found.value} ${found.unit}`] : [];
  });
  return measured.join(" · ");
}
