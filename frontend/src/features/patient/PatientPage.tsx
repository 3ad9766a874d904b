import { Badge, Box, Button, Group, Tabs, Text } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { isGone } from "@/api/problem";
import { useSession } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { EmptyState, Loaded, LoadingState } from "@/components/states";
import { Boundary } from "@/components/states/Boundary";
import { useDates } from "@/components/useDates";
import { nameOf } from "@/features/patients/people";
import { PatientTab } from "./PatientTab";
import { patientQuery } from "./patients";
import { isTab, type TabName, tabsFor } from "./tabNames";

/** A patient: who they are, what happened, and all their records and documents. */
export default function PatientPage() {
  const { t } = useTranslation("people");
  const { patientId = "", tab: asked = "summary" } = useParams();
  const navigate = useNavigate();
  const { can } = useSession();
  const { day } = useDates();
  const query = useQuery(patientQuery(patientId));
  const tabs = tabsFor(can);
  const tab: TabName = isTab(asked) && tabs.includes(asked) ? asked : "summary";
  const label = useTabLabel();

  if (isGone(query.error) && !query.data) return <EmptyState title={t("page.gone")} />;
  return (
    <Loaded query={query}>
      {(patient) => (
        <>
          <PageHead title={nameOf(patient.data)}>
            {can("messages.view") && (
              <Button
                component={Link}
                to={`/messages?patient=${patientId}`}
                variant="default"
                leftSection={<IconMessages size={16} aria-hidden />}
              >
                {t("page.messages")}
              </Button>
            )}
          </PageHead>
          <Group gap="sm" mb="md">
            {patient.data.date_of_birth && (
              <Text>{t("born", { day: day(patient.data.date_of_birth) })}</Text>
            )}
            {patient.data.status !== "active" && (
              <Badge
                variant="outline"
                color="gray"
                tt="none"
                styles={{ label: { color: "var(--mantine-color-text)" } }}
              >
                {t(`status.${patient.data.status ?? "active"}`)}
              </Badge>
            )}
          </Group>
          <Tabs
            value={tab}
            activateTabWithKeyboard={false}
            onChange={(name) =>
              void navigate(`/patients/${patientId}${name === "summary" ? "" : `/${name}`}`)
            }
          >
            <Box mb="md" style={{ overflowX: "auto", scrollbarWidth: "none" }}>
              <Tabs.List aria-label={t("page.tabs")} style={{ flexWrap: "nowrap" }}>
                {tabs.map((name) => (
                  <Tabs.Tab key={name} value={name}>
                    {label(name)}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
            </Box>
            <Tabs.Panel value={tab}>
              <Boundary place={`${patientId} ${tab}`}>
                <Suspense fallback={<LoadingState />}>
                  <PatientTab key={`${patientId} ${tab}`} tab={tab} patient={patient} />
                </Suspense>
              </Boundary>
            </Tabs.Panel>
          </Tabs>
        </>
      )}
    </Loaded>
  );
}

/** The tabs of records are called as their own pages are. */
function useTabLabel() {
  const { t } = useTranslation("people");
  const { t: records } = useTranslation("records");
  return (name: TabName): string => {
    switch (name) {
      case "summary":
      case "timeline":
      case "documents":
        return t(`page.${name}`);
      default:
        return records(`kinds.${name}.title`);
    }
  };
}
