import { useSession } from "@/app/session";
import type { ExtraProps } from "../kind";
import { Addenda } from "./Addenda";
import type { Row } from "./drafts";
import { Finalize } from "./Finalize";

/** A draft can be finalised; a final record is only added to. */
export function Extra(props: ExtraProps<Row>) {
  const { can } = useSession();
  if (props.record.status === "finalized") return <Addenda record={props.record} />;
  return can("records.change") ? <Finalize {...props} /> : null;
}
