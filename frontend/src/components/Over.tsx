import { LoadingOverlay } from "@mantine/core";
import { type ReactNode, Suspense, useState } from "react";
import { Boundary } from "@/components/states/Boundary";

type Props = {
  /** It is put there the first time that this is true, and stays: it closes by itself. */
  when?: boolean;
  children: ReactNode;
};

/** What opens over the page and may have to be fetched first; if it breaks, the page stays. */
export function Over({ when = true, children }: Props) {
  const [wanted, setWanted] = useState(when);
  if (when && !wanted) setWanted(true);
  if (!wanted) return null;
  return (
    <Boundary>
      <Suspense fallback={<LoadingOverlay visible zIndex={400} pos="fixed" />}>{children}</Suspense>
    </Boundary>
  );
}
