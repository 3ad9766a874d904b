import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Policy } from "@/api/types";
import type { EntityType } from "./types";

export const POLICIES = ["document-policies"] as const;

/** The rules of every kind of record; they change with a release of the server, not in a session. */
const asked = {
  queryKey: POLICIES,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    unwrap(api.GET("/api/v1/document-policies", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
};

export const usePolicies = () => useQuery(asked);

/** The rules for the documents of one kind of record. */
export const usePolicy = (entityType: EntityType) =>
  useQuery({ ...asked, select: (all: Policy[]) => policyOf(all, entityType) });

function policyOf(all: Policy[], entityType: EntityType): Policy {
  const found = all.find((one) => one.slug === entityType);
  if (found === undefined) throw new Error(`Records of kind "${entityType}" carry no documents.`);
  return found;
}

/** Return the clinic's rules with what a page allows less of; a page never allows more. */
export function narrowed(policy: Policy, config: Partial<Policy> = {}): Policy {
  return {
    ...policy,
    display_name: config.display_name ?? policy.display_name,
    extensions: common(policy.extensions, config.extensions),
    categories: common(policy.categories, config.categories),
    operations: common(policy.operations, config.operations),
    max_size: Math.min(policy.max_size, config.max_size ?? policy.max_size),
    max_files: least(policy.max_files, config.max_files),
  };
}

function common(all: string[], some: string[] | undefined): string[] {
  return some === undefined ? all : all.filter((one) => some.includes(one));
}

function least(one: number | null, other: number | null | undefined): number | null {
  if (one === null || other === null || other === undefined) return one ?? other ?? null;
  return Math.min(one, other);
}
