import { Anchor, type AnchorProps, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { nameOf } from "@/features/patients/people";
import { patientQuery } from "./patients";

type Props = AnchorProps & { id: string; name?: string | undefined };

/** A patient's name that leads to their page; asked for where the caller does not know it. */
export function PatientLink({ id, name, ...looks }: Props) {
  const { t } = useTranslation("people");
  const asked = useQuery({ ...patientQuery(id), enabled: !name });
  const shown = name || (asked.data && nameOf(asked.data.data));
  if (!shown && asked.isPending) return <Skeleton component="span" w={120} h={16} />;
  return (
    <Anchor component={Link} to={`/patients/${id}`} {...looks}>
      {shown ?? t("onePatient")}
    </Anchor>
  );
}
