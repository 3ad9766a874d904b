import { SimpleGrid, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";
import { About } from "./About";
import { PasswordForm } from "./PasswordForm";
import { SecondFactor } from "./SecondFactor";

export default function AccountPage() {
  const { t } = useTranslation("session");
  return (
    <>
      <PageHead title={t("account.title")} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Stack>
          <About />
          <SecondFactor />
        </Stack>
        <Stack>
          <PasswordForm />
        </Stack>
      </SimpleGrid>
    </>
  );
}
