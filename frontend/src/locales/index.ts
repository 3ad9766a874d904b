import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";

/** One namespace for each part of the app; another language is another folder like `en`. */
export function startTranslations(): typeof i18next {
  if (!i18next.isInitialized) {
    void i18next.use(initReactI18next).init({
      lng: "en",
      fallbackLng: "en",
      resources: { en },
      defaultNS: "common",
      interpolation: { escapeValue: false }, // React escapes
      initAsync: false,
    });
  }
  return i18next;
}
