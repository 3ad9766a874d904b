import { useEffect, useState } from "react";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import type { PreviewProps } from "./types";

const Viewer = lazily(async () => (await import("./Viewer")).default);

export type { PreviewProps };

/** A dialog that shows documents one after the other; its code is fetched when one is opened. */
export function FilePreview(props: PreviewProps) {
  useFocusBack();
  return (
    <Over>
      <Viewer {...props} />
    </Over>
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
