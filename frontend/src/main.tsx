import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { makeQueryClient } from "@/api/queries";
import { Providers } from "@/app/Providers";
import { makeRouter } from "@/app/routes";
import { LoadingState } from "@/components/states";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Providers client={makeQueryClient()}>
        <Suspense fallback={<LoadingState />}>
          <RouterProvider router={makeRouter()} />
        </Suspense>
      </Providers>
    </StrictMode>,
  );
}
