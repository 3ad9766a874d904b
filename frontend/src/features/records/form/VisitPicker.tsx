import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { SearchPicker } from "@/components/pickers/SearchPicker";
import { useDates } from "@/components/useDates";
import { visits } from "../kinds/visits";
import { PAGE_SIZE, recordQuery } from "../useRecords";

const useVisitName = () => {
  const { moment } = useDates();
  return (visit: Schema<"Visit">) =>
    [moment(visit.started_at), visit.reason].filter(Boolean).join(" · ");
};

type Props = {
  label: string;
  patientId: string;
  value: string;
  onChange: (id: string) => void;
  error?: string | undefined;
};

/** Choose one of the patient's visits, the latest first, by its day or reason. */
export function VisitPicker({ patientId, value, onChange, ...rest }: Props) {
  const { t } = useTranslation("people");
  const nameOf = useVisitName();
  const chosen = useQuery({ ...recordQuery(visits, value), enabled: value !== "" });
  return (
    <SearchPicker
      {...rest}
      disabled={!patientId}
      name={["visits", patientId]}
      search={async (words, signal) => {
        const query = { patient: patientId, page_size: PAGE_SIZE, ...(words && { search: words }) };
        const page = await visits.api.list(query, signal);
        return page.results.map((visit) => ({ id: visit.id, label: nameOf(visit) }));
      }}
      value={
        value ? { id: value, label: chosen.data ? nameOf(chosen.data.data) : t("oneVisit") } : null
      }
      onChange={(choice) => onChange(choice?.id ?? "")}
    />
  );
}

/** A visit by its day and reason, as a link to it. */
export function VisitLink({ id }: { id: string }) {
  const { t } = useTranslation("people");
  const nameOf = useVisitName();
  const visit = useQuery(recordQuery(visits, id));
  return (
    <Anchor component={Link} to={`/visits/${id}`} size="sm">
      {visit.data ? nameOf(visit.data.data) : t("oneVisit")}
    </Anchor>
  );
}
