import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { FactList } from "@/components/FactList";
import { useRoleName } from "@/features/session/useRoleName";
import { Section } from "./Section";

/** Who is signed in, as what, and where. */
export function About() {
  const { t } = useTranslation("session");
  const { me } = useSession();
  const roleName = useRoleName();
  const facts = [
    { name: "name", label: t("account.name"), value: me.user.name || t("account.noName") },
    { name: "email", label: t("account.email"), value: me.user.email },
    { name: "role", label: t("account.role"), value: roleName(me.role) },
    { name: "clinic", label: t("account.clinic"), value: me.account.name },
  ];
  return (
    <Section title={t("account.about")}>
      <FactList facts={facts} />
      <Text size="sm" c="dimmed">
        {t("account.aboutHint")}
      </Text>
    </Section>
  );
}
