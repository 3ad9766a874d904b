import type { Plugin } from "vite";

const MODULE = /^(?!.*\/node_modules\/).*\/src\/.*\.tsx?$/;
const CALLS = /useTranslation\(([^)]*)\)/g;
const ONE = /^"([a-z]+)"$/;
const TEXTS = "virtual:texts/";

/**
 * Who says `useTranslation("records")` brings these texts along, in the same file of the build.
 *
 * So a page comes with its own texts and no others, and none can be missing: the import is written
 * here, not by hand beside each call.
 */
export function texts(): Plugin {
  return {
    name: "texts",
    enforce: "pre",
    transform(code, id) {
      if (!MODULE.test(id)) return null;
      const parts = new Set<string>();
      for (const [call, argument = ""] of code.matchAll(CALLS)) {
        if (argument === "") continue; // what all pages have
        const part = ONE.exec(argument)?.[1];
        if (!part) return this.error(`${call}: say one part of the texts, as a word in quotes.`);
        parts.add(part);
      }
      if (parts.size === 0) return null;
      const imports = [...parts].map((part) => `import "${TEXTS}${part}";\n`).join("");
      return { code: `${code}\n${imports}`, map: null };
    },
    resolveId: (id) => (id.startsWith(TEXTS) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${TEXTS}`)) return null;
      const part = id.slice(TEXTS.length + 1);
      return `import { ${part} } from "@/locales/en/${part}.ts";
import { addTexts } from "@/locales/index.ts";
addTexts("${part}", ${part});
`;
    },
  };
}
