import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSignOut } from "@/app/session";
import { Entrance } from "@/features/session/Entrance";
import { SecondFactor } from "./SecondFactor";

/** The clinic wants a second factor of its staff: nothing else works before it is set up. */
export default function FactorWanted() {
  const { t } = useTranslation("session");
  const common = useTranslation().t;
  const signOut = useSignOut();
  return (
    <Entrance title={t("factor.wantedTitle")}>
      <Text>{t("factor.wanted")}</Text>
      <SecondFactor />
      <Button variant="subtle" onClick={() => void signOut()}>
        {common("signOut")}
      </Button>
    </Entrance>
  );
}
