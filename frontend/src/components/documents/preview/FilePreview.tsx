import { LoadingOverlay } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { Boundary } from "@/components/states/Boundary";
import type { PreviewProps } from "./types";

const Viewer = lazy(() => import("./Viewer"));

export type { PreviewProps };

/** A dialog that shows documents one after the other; its code is fetched when one is opened. */
export function FilePreview(props: PreviewProps) {
  useFocusBack();
  return (
    <Boundary>
      <Suspense fallback={<LoadingOverlay visible zIndex={400} pos="fixed" />}>
        <Viewer {...props} />
      </Suspense>
    </Boundary>
  );
}

/** What had the focus before gets it again, if it is still there. */
function useFocusBack() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    },
    [before],
  );
}

export default FilePreview;
