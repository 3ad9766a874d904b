import type { EntityType } from "../types";

/** The record that a file goes to, and who sends it there. */
export type Target = { entityType: EntityType; entityId: string; userId: string };

/** What somebody says of a file besides its bytes. */
export type Details = { description: string; category: string; documentDate: string };

/** Where an upload is. `waiting`: for the network or a busy server; `verifying`: it is there. */
export type Phase = "queued" | "preparing" | "sending" | "waiting" | "finishing" | "verifying";

export type Job = {
  target: Target;
  file: File;
  details: Details;
  signal: AbortSignal;
  onProgress: (phase: Phase, bytes: number) => void;
};

export type KeyedJob = Job & { key: string };
