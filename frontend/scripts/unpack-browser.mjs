// Unpack the Chromium of the package into a folder: `node unpack-browser.mjs FOLDER`.
// For machines that have no browser: program, the libraries it needs, and fonts.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const folder = resolve(process.argv[2] ?? "browser");
mkdirSync(dirname(folder), { recursive: true });
const partial = mkdtempSync(`${folder}.`);
process.env.TMPDIR = partial; // where the package unpacks to
const { inflate } = await import("@sparticuz/chromium");
const bin = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "../bin");
try {
  for (const name of ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"]) {
    await inflate(join(bin, name));
  }
  writeFileSync(
    join(partial, "fonts", "fonts.conf"),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, "fonts", "fonts")}</dir>
  <cachedir>${join(folder, "fonts", "cache")}</cachedir>
</fontconfig>
`,
  );
  rmSync(folder, { recursive: true, force: true }); // what is left of another one
  renameSync(partial, folder);
} finally {
  rmSync(partial, { recursive: true, force: true });
}
