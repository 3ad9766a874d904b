import { Button, Group, Text } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconFileImport, IconUserPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { PageHead } from "@/components/PageHead";
import { EmptyState, ErrorState, ForbiddenState, Loaded } from "@/components/states";
import { Filters } from "./Filters";
import { isFiltered } from "./filter";
import { Paging } from "./Paging";
import { PatientCards } from "./PatientCards";
import { PatientsTable } from "./PatientsTable";
import { useFilter } from "./useFilter";
import { usePatients } from "./usePatients";
import { useSelection } from "./useSelection";

const CreatePatient = lazily(async () => (await import("./CreatePatient")).CreatePatient);
const InviteDialog = lazily(
  async () => (await import("@/features/patient/invite/InviteDialog")).InviteDialog,
);

export default function PatientsPage() {
  const { t } = useTranslation("patients");
  const { can, isPatient } = useSession();
  return (
    <>
      <PageHead title={t("title")}>{can("patients.add") && <Actions />}</PageHead>
      {can("patients.view") && !isPatient ? <List /> : <ForbiddenState />}
    </>
  );
}

function Actions() {
  const { t } = useTranslation("patients");
  const [creating, create] = useDisclosure();
  return (
    <>
      <Button
        component={Link}
        to="/patients/import"
        variant="default"
        leftSection={<IconFileImport size={16} aria-hidden />}
      >
        {t("import.title")}
      </Button>
      <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={create.open}>
        {t("create")}
      </Button>
      <Over when={creating}>
        <CreatePatient opened={creating} onClose={create.close} />
      </Over>
    </>
  );
}

function List() {
  const { t } = useTranslation("patients");
  const { can } = useSession();
  const isPhone = useMediaQuery("(max-width: 48em)");
  const { filter, change } = useFilter();
  const query = usePatients(filter);
  const selection = useSelection();
  const [inviting, setInviting] = useState<Patient[]>([]);
  const mayInvite = can("invites.add");
  return (
    <>
      <Filters filter={filter} onChange={change} />
      <Text size="sm" role="status" mb="xs">
        {query.data && !query.isPlaceholderData && t("found", { count: query.data.results.length })}
      </Text>
      {mayInvite && selection.chosen.length > 0 && (
        <Group mb="sm" role="group" aria-label={t("selected")}>
          <Text size="sm">{t("chosen", { count: selection.chosen.length })}</Text>
          <Button size="compact-sm" onClick={() => setInviting(selection.chosen)}>
            {t("inviteChosen")}
          </Button>
          <Button size="compact-sm" variant="subtle" onClick={selection.clear}>
            {t("clearSelection")}
          </Button>
        </Group>
      )}
      {query.isError && query.data && (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      )}
      <Loaded
        query={query}
        isEmpty={(page) => page.results.length === 0}
        empty={
          <EmptyState title={t(isFiltered(filter) ? "nothingFound" : "none")}>
            {!isFiltered(filter) && can("patients.add") && <Text>{t("noneHint")}</Text>}
          </EmptyState>
        }
      >
        {(page) => {
          const shared = {
            patients: page.results,
            selection: mayInvite ? selection : null,
            onInvite: mayInvite ? (patient: Patient) => setInviting([patient]) : null,
          };
          return (
            <div aria-busy={query.isPlaceholderData}>
              {isPhone ? (
                <PatientCards {...shared} />
              ) : (
                <PatientsTable {...shared} sort={filter.sort} onSort={(sort) => change({ sort })} />
              )}
              <Paging
                page={page}
                disabled={query.isPlaceholderData}
                onCursor={(cursor) => change({ cursor })}
              />
            </div>
          );
        }}
      </Loaded>
      {inviting.length > 0 && (
        <Over>
          <InviteDialog
            patients={inviting}
            onClose={() => setInviting([])}
            onInvited={selection.clear}
          />
        </Over>
      )}
    </>
  );
}
