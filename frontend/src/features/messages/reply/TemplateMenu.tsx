import { ActionIcon, Menu } from "@mantine/core";
import { IconTemplate } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Loaded } from "@/components/states";
import { useTemplates } from "../data/useTemplates";

type Props = { disabled: boolean; onChoose: (id: string) => void };

/** The texts that are sent often; asked for when somebody opens the menu. */
export function TemplateMenu({ disabled, onChoose }: Props) {
  const { t } = useTranslation("messages");
  const [opened, setOpened] = useState(false);
  const templates = useTemplates(opened);
  return (
    <Menu opened={opened} onChange={setOpened} position="top-start" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          disabled={disabled}
          aria-label={t("reply.template")}
        >
          <IconTemplate size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
        <Loaded
          query={templates}
          isEmpty={(found) => found.length === 0}
          empty={<Menu.Item disabled>{t("reply.noTemplates")}</Menu.Item>}
        >
          {(found) =>
            found.map((one) => (
              <Menu.Item key={one.id} onClick={() => onChoose(one.id)}>
                {one.name}
              </Menu.Item>
            ))
          }
        </Loaded>
      </Menu.Dropdown>
    </Menu>
  );
}
