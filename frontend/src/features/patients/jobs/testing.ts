import { idOf } from "../testing";
import type { Job } from "./job";

/** For tests: an import as the API answers it; say what differs. */
export const job = (over: Partial<Job> = {}): Job => ({
  id: idOf(77),
  kind: "import_patients",
  state: "running",
  phase: "working",
  dry_run: false,
  background: true,
  counts: { total: 200, done: 40, skipped: 8, failed: 2 },
  codes: {},
  gaps: 0,
  stop_code: "",
  stop_detail: "",
  created_at: "2026-11-21T00:05:12Z",
  started_at: "2026-11-21T00:05:12Z",
  finished_at: null,
  rolled_back_at: null,
  ...over,
});
