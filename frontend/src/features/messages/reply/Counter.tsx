import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Counted } from "./segments";

type Props = { id: string; counted: Counted; hidden: boolean };

/** How many messages a text is charged as, and what still fits. */
export function Counter({ id, counted, hidden }: Props) {
  const { t } = useTranslation("messages");
  return (
    <Text id={id} size="xs" c="dimmed" component="span">
      {hidden || counted.segments === 0 ? (
        <Text span inherit visibleFrom="sm">
          {t("reply.hint")}
        </Text>
      ) : (
        t("reply.counter", { count: counted.segments, left: counted.left })
      )}
      {!hidden && counted.special && ` · ${t("reply.special")}`}
    </Text>
  );
}
