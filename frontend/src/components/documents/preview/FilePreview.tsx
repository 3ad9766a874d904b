import { LoadingOverlay } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Boundary } from "@/components/states/Boundary";
import type { PreviewProps } from "./types";

const Viewer = lazy(() => import("./Viewer"));

export type { PreviewProps };

/** A dialog that shows documents one after the other; its code is fetched when one is opened. */
export function FilePreview(props: PreviewProps) {
  return (
    <Boundary>
      <Suspense fallback={<LoadingOverlay visible zIndex={400} pos="fixed" />}>
        <Viewer {...props} />
      </Suspense>
    </Boundary>
  );
}

export default FilePreview;
