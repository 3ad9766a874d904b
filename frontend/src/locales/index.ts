import i18next, { type ResourceKey } from "i18next";
import { initReactI18next } from "react-i18next";
import { common } from "./en/common";

/** Add the texts of one part of the app; `texts.ts` beside `vite.config.ts` writes the calls. */
export function addTexts(part: string, texts: ResourceKey): void {
  startTranslations().addResourceBundle("en", part, texts);
}

/** One namespace for each part of the app; another language is another folder like `en`. */
export function startTranslations(): typeof i18next {
  if (!i18next.isInitialized) {
    void i18next.use(initReactI18next).init({
      lng: "en",
      fallbackLng: "en",
      resources: { en: { common } },
      defaultNS: "common",
      interpolation: { escapeValue: false }, // React escapes
      initAsync: false,
    });
  }
  return i18next;
}
