import { useMe, useMember } from "@/app/session";

export type DocumentPermissions = { canAdd: boolean; canChange: boolean; canDelete: boolean };

/**
 * What the role of whoever is signed in may do with documents; the server decides again.
 *
 * It asks `/api/v1/me` and no context, so that it works inside the admin's pages as well.
 */
export function useDocumentPermissions(): DocumentPermissions {
  const { data } = useMe();
  const member = useMember();
  const me = data ?? member; // of a page that outlives its session, it is as it was
  const may = (ability: string) => me?.abilities.includes(`documents.${ability}`) ?? false;
  return { canAdd: may("add"), canChange: may("change"), canDelete: may("delete") };
}
