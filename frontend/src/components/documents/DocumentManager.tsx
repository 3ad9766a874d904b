import { Suspense, useState } from "react";
import { lazily } from "@/components/lazily";
import { LoadingState } from "@/components/states";
import { Boundary } from "@/components/states/Boundary";
import { usePolicy } from "./policies";
import type { DocumentManagerProps } from "./types";

// The page around it comes first; this comes while the rules are asked for.
const RuledManager = lazily(async () => (await import("./Manager")).RuledManager);

/**
 * The documents of a record: see, add, mark for deletion, save. One for every page, and for admin.
 *
 * What is chosen belongs to the record that it was chosen for: when the page shows another one, the
 * manager begins anew. A record that gets its id is still the same one.
 */
export default function DocumentManager(props: DocumentManagerProps) {
  const { entityType, entityId, onError } = props;
  const policy = usePolicy(entityType);
  const record = useRecordNumber(entityId);
  return (
    <Boundary key={`${entityType} ${record}`} onError={({ message }) => onError?.(message)}>
      <Suspense fallback={<LoadingState />}>
        <RuledManager {...props} policy={policy} />
      </Suspense>
    </Boundary>
  );
}

/** Return a number that changes with the record, but not when a new one gets its id. */
function useRecordNumber(entityId: string | undefined): number {
  const [seen, setSeen] = useState({ entityId, number: 0 });
  if (seen.entityId === entityId) return seen.number;
  const number = seen.entityId === undefined ? seen.number : seen.number + 1;
  setSeen({ entityId, number });
  return number;
}
