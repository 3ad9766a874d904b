import { MantineProvider } from "@mantine/core";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { I18nextProvider } from "react-i18next";
import { Notices } from "@/components/Notices";
import { startTranslations } from "@/locales";
import { cssVariables, makeTheme } from "@/theme";

type Props = {
  client: QueryClient;
  children: ReactNode;
  /** Where somebody else decides between light and dark. */
  forceColorScheme?: "light" | "dark";
};

/** What every tree needs: the whole app, the island in the admin, and each test. */
export function Providers({ client, children, ...mantine }: Props) {
  const i18n = startTranslations();
  const theme = useMemo(() => makeTheme({ close: i18n.t("close") }), [i18n]);
  return (
    <I18nextProvider i18n={i18n}>
      <QueryClientProvider client={client}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariables}
          defaultColorScheme="auto"
          {...mantine}
        >
          <Notices />
          {children}
        </MantineProvider>
      </QueryClientProvider>
    </I18nextProvider>
  );
}
