import { Suspense, useEffect } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Me } from "@/api/types";
import { lazily } from "@/components/lazily";
import { LoadingState } from "@/components/states";
import { Boundary } from "@/components/states/Boundary";

const LockedDialog = lazily(async () => (await import("./LockedDialog")).LockedDialog);

const ID = "signed-out";

/**
 * All else on the page, dialogs included, is neither seen, read out, printed nor reached by a key, and
 * keeps its place. By a rule, so that it holds for what comes onto the page later; at once, while the
 * dialog may still have to be fetched.
 */
const COVER = `body > :not(#${ID}), body > :not(#${ID}) * { visibility: hidden !important; }`;

export type LockedProps = { owner: Me; onLeave: () => void };

/** What is not saved waits, out of sight, until the same person has signed in again. */
export function Locked(props: LockedProps) {
  const { t } = useTranslation("session");
  const title = t("over.title");
  useEffect(() => {
    const before = document.title; // it may name a patient
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
  return createPortal(
    <div id={ID} style={{ position: "fixed", inset: 0, zIndex: 1000 }}>
      <style>{COVER}</style>
      <Boundary>
        <Suspense fallback={<LoadingState />}>
          <LockedDialog {...props} />
        </Suspense>
      </Boundary>
    </div>,
    document.body,
  );
}
