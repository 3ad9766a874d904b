import { Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleMinus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Loaded } from "@/components/states";
import { Panel } from "./Panel";
import { Rows } from "./Rows";
import { useHealth } from "./useHealth";

const PARTS = ["database", "broker", "worker", "store", "scanner"] as const;
const ICONS = { ok: IconCircleCheck, failing: IconAlertTriangle, off: IconCircleMinus } as const;

/** Each thing that the server needs, in words; a colour alone says nothing. */
export function HealthPanel() {
  const { t } = useTranslation("dashboard");
  const query = useHealth();
  return (
    <Panel title={t("health.title")}>
      <Loaded query={query}>
        {(found) => (
          <Rows
            none=""
            rows={PARTS.map((part) => {
              const said = found[part];
              const state = said === "ok" || said === "off" ? said : "failing";
              const Icon = ICONS[state];
              return {
                key: part,
                main: (
                  <>
                    <Text>{t(`health.${part}`)}</Text>
                    {state === "failing" && (
                      <Text size="sm" c="dimmed">
                        {t(`health.without.${part}`)}
                      </Text>
                    )}
                  </>
                ),
                side: (
                  <Group gap={6} role="status">
                    <Icon size={18} aria-hidden />
                    {t(`health.states.${state}`)}
                  </Group>
                ),
              };
            })}
          />
        )}
      </Loaded>
    </Panel>
  );
}
