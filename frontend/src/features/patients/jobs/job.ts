import type { Schema } from "@/api/types";

export type Job = Schema<"Job">;

const AT_WORK = ["new", "running", "pausing", "cancelling"];
export const NOT_OVER = [
  "new",
  "running",
  "pausing",
  "paused",
  "interrupted",
  "cancelling",
] as const satisfies readonly Job["state"][];

/** Say whether a job moves by itself, so that it is worth asking again. */
export const isAtWork = (job: Job): boolean => AT_WORK.includes(job.state);

export const canPause = (job: Job): boolean => job.state === "new" || job.state === "running";

export const canResume = (job: Job): boolean =>
  job.state === "paused" || job.state === "interrupted" || (job.state === "failed" && !isOver(job));

export const canCancel = (job: Job): boolean =>
  !["cancelled", "cancelling", "succeeded"].includes(job.state) && !isOver(job);

/** How many rows have had their turn. */
export const processed = ({ counts }: Job): number => counts.done + counts.skipped + counts.failed;

/** A job that went through its file ends as failed where rows were refused. */
export const isOver = (job: Job): boolean =>
  job.state === "failed" && job.counts.total !== null && processed(job) >= job.counts.total;

/** Percent, or null while nobody knows how many rows there are. */
export function percent(job: Job): number | null {
  const { total } = job.counts;
  if (total === null) return null;
  return total === 0 ? 100 : Math.min(100, Math.round((processed(job) / total) * 100));
}

/** The name of the state in the words' file. */
export const stateOf = (job: Job) =>
  job.state === "failed" && !isOver(job) ? ("broken" as const) : job.state;
