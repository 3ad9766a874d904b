import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useRoleName } from "@/features/session/useRoleName";
import classes from "./About.module.css";
import { Section } from "./Section";

/** Who is signed in, as what, and where. */
export function About() {
  const { t } = useTranslation("session");
  const { me } = useSession();
  const roleName = useRoleName();
  const facts: [string, string][] = [
    [t("account.name"), me.user.name || t("account.noName")],
    [t("account.email"), me.user.email],
    [t("account.role"), roleName(me.role)],
    [t("account.clinic"), me.account.name],
  ];
  return (
    <Section title={t("account.about")}>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <Text component="dt" size="sm" c="dimmed">
              {label}
            </Text>
            <Text component="dd" className={classes.value}>
              {value}
            </Text>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed">
        {t("account.aboutHint")}
      </Text>
    </Section>
  );
}
