import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import { createRoot } from "react-dom/client";
import { makeQueryClient } from "@/api/queries";
import type { Me } from "@/api/types";
import { Providers } from "@/app/Providers";
import { SessionProvider } from "@/app/session";
import { FileList } from "@/components/documents/list/FileList";
import { generate, page } from "./documents";

// A list of 5,000 documents, answered by the page itself: what is measured is drawing alone.
const ALL = generate(5_000);

// Of the second factor, which is no matter here.
const FACTOR = { second_factor: false, second_factor_wanted: false };

const ME: Me = {
  ...FACTOR,
  user: { id: ALL[0]?.id ?? "", email: "admin@bench.test", name: "Ada Admin" },
  account: {
    id: ALL[0]?.id ?? "",
    name: "Bench",
    schema_name: "bench",
    time_zone: "Australia/Sydney",
    locale: "en-AU",
  },
  membership_id: ALL[0]?.id ?? "",
  role: "admin",
  staff: true,
  abilities: ["documents.view", "documents.change", "documents.delete"],
  second_factor: false,
  second_factor_wanted: false,
};

window.fetch = async (input) => {
  const address = new URL(input instanceof Request ? input.url : input, window.location.href);
  const body = address.pathname.endsWith("/files") ? page(ALL, address) : [];
  return Response.json(body);
};

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <Providers client={makeQueryClient()}>
      <SessionProvider me={ME}>
        <main style={{ padding: 16 }}>
          <FileList scope="record" entityType="lab-results" entityId={ALL[0]?.entity_id ?? ""} />
        </main>
      </SessionProvider>
    </Providers>,
  );
}
