import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { texts } from "./texts.ts";

// The server that answers for everything but the app itself while it is being developed.
const server = process.env.CHARTVAULT ?? "http://127.0.0.1:8000";
const passedOn = ["/api", "/_allauth", "/admin", "/static", "/uploads", "/sms", "/shared-report"];

export default defineConfig(({ command }) => ({
  // Built files are static files of Django; what is developed is served at the app's own address.
  base: command === "build" ? "/static/app/" : "/app/",
  plugins: [texts(), react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist/app",
    manifest: "manifest.json",
    sourcemap: false,
    target: "es2022",
    // Browsers since May 2024 know light-dark(); put into older words it would lose the colours,
    // as Mantine says light or dark by a variable.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    rolldownOptions: { input: { app: "index.html", island: "src/island.tsx" } },
  },
  server: {
    host: "127.0.0.1",
    port: Number(process.env.PORT_APP ?? 5173),
    strictPort: true,
    allowedHosts: [".localhost"],
    // The clinic is known by the host's name, so that it must stay as the browser sent it.
    proxy: Object.fromEntries(passedOn.map((path) => [path, { target: server, xfwd: false }])),
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://demo.localhost/app/" } },
    globals: true,
    setupFiles: ["src/test/setup.ts"],
    css: false,
    restoreMocks: true,
    maxWorkers: 2,
    testTimeout: 40_000, // as long as a busy machine takes
  },
}));
