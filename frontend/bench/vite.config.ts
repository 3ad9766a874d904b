import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { texts } from "../texts.ts";

// The page that `tests/bench_scrolling.py` measures. It is no part of the app's build.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [texts(), react()],
  resolve: { alias: { "@": fileURLToPath(new URL("../src", import.meta.url)) } },
  build: { target: "es2022", emptyOutDir: true, rolldownOptions: { input: "list.html" } },
});
