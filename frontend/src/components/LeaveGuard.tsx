import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";
import { ConfirmDialog } from "./ConfirmDialog";
import { holdPage } from "./documents/leaving";

/** What is dropped is not asked about again on the way out. */
type Holder = { isDirty: () => boolean; drop: () => void };
type Guard = {
  hold: (holder: Holder) => () => void;
  ask: (holder: Holder, go: () => void) => void;
};

const Context = createContext<Guard | null>(null);

/**
 * Ask before what was entered below is lost: by a button, a link, or Back.
 *
 * One for all that is entered in a dialog: the router asks only one. Closing the window and the end of
 * the session are asked about where everything is that holds the page (`leaving.ts`).
 */
export function LeaveGuard({ children }: { children: ReactNode }) {
  const { t } = useTranslation("records");
  const holders = useRef(new Set<Holder>());
  const [pending, setPending] = useState<{ holder: Holder; go: () => void } | null>(null);
  const isDirty = useCallback(() => [...holders.current].some((one) => one.isDirty()), []);
  const blocker = useBlocker(isDirty);
  const guard = useMemo<Guard>(
    () => ({
      hold: (holder) => {
        holders.current.add(holder);
        return () => holders.current.delete(holder);
      },
      ask: (holder, go) => setPending({ holder, go }),
    }),
    [],
  );
  const blocked = blocker.state === "blocked";
  const stay = () => {
    setPending(null);
    if (blocked) blocker.reset();
  };
  const leave = () => {
    setPending(null);
    if (blocked) {
      for (const holder of holders.current) holder.drop();
      blocker.proceed();
    } else if (pending) {
      pending.holder.drop();
      pending.go();
    }
  };
  return (
    <Context.Provider value={guard}>
      {children}
      <ConfirmDialog
        opened={blocked || pending !== null}
        title={t("leave.title")}
        text={t("leave.text")}
        confirm={t("leave.go")}
        cancel={t("leave.stay")}
        onConfirm={leave}
        onClose={stay}
        danger
      />
    </Context.Provider>
  );
}

/**
 * Say that something here may be lost; another `round` is something new to ask about.
 *
 * Returns how to do what drops it: at once, or after they agreed. Without a `LeaveGuard` above nobody
 * is asked by that, and the page is held all the same.
 */
export function useHold(isDirty: () => boolean, round = 0): (go: () => void) => void {
  const guard = useContext(Context);
  const latest = useRef(isDirty);
  latest.current = isDirty;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round begins without an answer
  const holder = useMemo<Holder>(() => {
    let dropped = false;
    return {
      isDirty: () => !dropped && latest.current(),
      drop: () => {
        dropped = true;
      },
    };
  }, [round]);
  useEffect(() => guard?.hold(holder), [guard, holder]);
  useEffect(() => holdPage(holder.isDirty), [holder]);
  return (go) => {
    if (guard && holder.isDirty()) guard.ask(holder, go);
    else go();
  };
}
