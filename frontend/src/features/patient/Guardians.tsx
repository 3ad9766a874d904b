import { Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { Loaded } from "@/components/states";
import { useDates } from "@/components/useDates";
import { one } from "@/features/records/endpoints";
import { EndGuardian } from "./EndGuardian";
import { Section } from "./Section";

const AddGuardian = lazily(async () => (await import("./AddGuardian")).AddGuardian);

/** Who acts for a patient; staff add and end it. */
export function Guardians({ patientId }: { patientId: string }) {
  const { t } = useTranslation("people");
  const { can, me } = useSession();
  const { day, dayOf } = useDates();
  const [adding, add] = useDisclosure();
  const mayChange = me.staff && can("patients.change");
  const query = useQuery({
    queryKey: ["guardians", patientId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/patients/{id}/guardians", one(patientId, signal))),
  });
  return (
    <Section
      title={t("guardians.title")}
      actions={
        mayChange && (
          <Button size="xs" variant="default" onClick={add.open}>
            {t("guardians.add")}
          </Button>
        )
      }
    >
      <Loaded
        query={query}
        isEmpty={(page) => page.results.length === 0}
        empty={<Text size="sm">{t("guardians.none")}</Text>}
      >
        {(page) => (
          <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }}>
            {page.results.map((guardian) => (
              <Group component="li" key={guardian.id} justify="space-between">
                <div>
                  <Text>{guardian.name || guardian.email}</Text>
                  <Text size="sm" c="dimmed">
                    {[
                      t(`guardians.relationships.${guardian.relationship ?? "other"}`),
                      guardian.name ? guardian.email : "",
                      guardian.is_active === false
                        ? t("guardians.ended")
                        : t("guardians.since", { day: day(dayOf(guardian.created_at)) }),
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </Text>
                </div>
                {mayChange && guardian.is_active !== false && (
                  <EndGuardian
                    id={guardian.id}
                    name={guardian.name || (guardian.email ?? "")}
                    patientId={patientId}
                  />
                )}
              </Group>
            ))}
          </Stack>
        )}
      </Loaded>
      {adding && (
        <Over>
          <AddGuardian patientId={patientId} onClose={add.close} />
        </Over>
      )}
    </Section>
  );
}
