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
import { useBeforeUnload, useBlocker } from "react-router";
import { ConfirmDialog } from "./ConfirmDialog";

type Holder = { isDirty: () => boolean };
type Guard = {
  hold: (holder: Holder) => () => void;
  ask: (holder: Holder, go: () => void) => void;
};

const Context = createContext<Guard | null>(null);

/**
 * Ask before what was entered below is lost: by a button, a link, Back, or closing the window.
 *
 * One for all that is entered in a dialog: the router asks only one.
 */
export function LeaveGuard({ children }: { children: ReactNode }) {
  const { t } = useTranslation("records");
  const holders = useRef(new Set<Holder>());
  // What they agreed to lose is not asked about again on the way out.
  const dropped = useRef(new WeakSet<Holder>());
  const [pending, setPending] = useState<{ holder: Holder; go: () => void } | null>(null);
  const isDirty = useCallback(
    () => [...holders.current].some((one) => !dropped.current.has(one) && one.isDirty()),
    [],
  );
  const blocker = useBlocker(isDirty);
  useBeforeUnload(
    useCallback(
      (event) => {
        if (isDirty()) event.preventDefault();
      },
      [isDirty],
    ),
  );
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
      for (const holder of holders.current) dropped.current.add(holder);
      blocker.proceed();
    } else if (pending) {
      dropped.current.add(pending.holder);
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
 * Returns how to do what drops it: at once, or after they agreed.
 */
export function useHold(isDirty: () => boolean, round = 0): (go: () => void) => void {
  const guard = useContext(Context);
  const latest = useRef(isDirty);
  latest.current = isDirty;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round begins without an answer
  const holder = useMemo<Holder>(() => ({ isDirty: () => latest.current() }), [round]);
  useEffect(() => guard?.hold(holder), [guard, holder]);
  return (go) => {
    if (guard && holder.isDirty()) guard.ask(holder, go);
    else go();
  };
}
