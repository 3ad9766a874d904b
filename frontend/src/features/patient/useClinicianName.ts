import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { useSession } from "@/app/session";

/** Return what a clinician is called, for staff; "" for nobody. */
export function useClinicianName(id: string): string {
  const { t } = useTranslation("people");
  const { me } = useSession();
  const all = useQuery({
    queryKey: ["clinicians"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/clinicians", { params: { query: { page_size: 200 } }, signal })),
    enabled: me.staff && id !== "",
    staleTime: 5 * 60_000,
  });
  if (id === "") return "";
  return all.data?.results.find((one) => one.id === id)?.name ?? t("onePerson");
}
