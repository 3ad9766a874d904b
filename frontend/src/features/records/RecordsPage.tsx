import type { BaseDraft, BaseRecord, Kind } from "./kind";
import { usePageNavigation } from "./list/useNavigation";
import { RecordsView } from "./RecordsView";

type Props<R extends BaseRecord, D extends BaseDraft, B> = { kind: Kind<R, D, B> };

/** The page of a kind: `/visits`, and `/visits/<id>` with that visit open over it. */
export function RecordsPage<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
}: Props<R, D, B>) {
  return <RecordsView kind={kind} navigation={usePageNavigation(kind.slug)} />;
}
