import { type To, useLocation, useNavigate, useParams, useSearchParams } from "react-router";
import type { Slug } from "../kind";

/** Which dialog is open, by the address; Back closes it. */
export type RecordNavigation = {
  openId: string | null;
  creating: boolean;
  linkTo: (id: string) => To;
  open: (id: string) => void;
  create: () => void;
  close: () => void;
};

/** Marks the entries of the history that have their list right behind them. */
export const FROM_LIST = { fromList: true };

function useClose(list: To): () => void {
  const navigate = useNavigate();
  const { state } = useLocation();
  return () =>
    state !== null && typeof state === "object" && "fromList" in state
      ? void navigate(-1)
      : void navigate(list, { replace: true });
}

/** Return an address's search with some names left out and others set. */
const changed = (params: URLSearchParams, out: string[], set: Record<string, string> = {}) => {
  const left = new URLSearchParams(params);
  for (const name of out) left.delete(name);
  for (const [name, value] of Object.entries(set)) left.set(name, value);
  return left.toString();
};

/** For a kind's own page: `/visits/<id>`, and `/visits?new`. */
export function usePageNavigation(slug: Slug): RecordNavigation {
  const navigate = useNavigate();
  const { id } = useParams();
  const [params] = useSearchParams();
  const search = changed(params, ["new"]);
  const linkTo = (one: string): To => ({ pathname: `/${slug}/${one}`, search });
  const close = useClose({ pathname: `/${slug}`, search });
  return {
    openId: id ?? null,
    creating: id === undefined && params.has("new"),
    linkTo,
    open: (one) => void navigate(linkTo(one), { state: FROM_LIST }),
    create: () =>
      void navigate(
        { pathname: `/${slug}`, search: changed(params, [], { new: "1" }) },
        { state: FROM_LIST },
      ),
    close,
  };
}

/** For a tab of another page: `?record=<id>`, and `?new`. */
export function useTabNavigation(): RecordNavigation {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const search = changed(params, ["record", "new"]);
  const linkTo = (one: string): To => ({ search: changed(params, ["new"], { record: one }) });
  const close = useClose({ search });
  return {
    openId: params.get("record"),
    creating: params.has("new"),
    linkTo,
    open: (one) => void navigate(linkTo(one), { state: FROM_LIST }),
    create: () =>
      void navigate({ search: changed(params, ["record"], { new: "1" }) }, { state: FROM_LIST }),
    close,
  };
}
