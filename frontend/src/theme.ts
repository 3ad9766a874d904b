import { type CSSVariablesResolver, createTheme } from "@mantine/core";

/** Shades are chosen so that every text has the contrast that WCAG 2.2 AA asks for. */
export const makeTheme = (words: { close: string }) =>
  createTheme({
    primaryColor: "indigo",
    primaryShade: { light: 7, dark: 8 },
    autoContrast: true,
    cursorType: "pointer",
    defaultRadius: "md",
    components: {
      // Of dialogs, notices and alerts alike.
      CloseButton: { defaultProps: { "aria-label": words.close } },
      // A dialog's head is no second head of the page.
      Modal: { defaultProps: { attributes: { header: { role: "presentation" } } } },
    },
    fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  });

/** Mantine's own grey for what is less important is too light on white. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
    "--mantine-color-error": "var(--mantine-color-red-9)",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
    "--mantine-color-error": "var(--mantine-color-red-4)",
  },
});
