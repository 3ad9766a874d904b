import { Box, Center, Paper, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { PageHead } from "@/components/PageHead";

/** The frame of the pages for whoever is not signed in. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p={{ base: "md", sm: "xl" }} w="100%" maw={440}>
        <Stack gap="md">
          <Box>
            <Text size="sm" c="dimmed">
              {t("app")}
            </Text>
            <PageHead title={title} />
          </Box>
          {children}
        </Stack>
      </Paper>
    </Center>
  );
}
