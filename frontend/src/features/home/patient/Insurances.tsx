import { Button, Group, Stack, Text } from "@mantine/core";
import { IconCamera } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import DocumentManager from "@/components/documents/DocumentManager";
import { Loaded } from "@/components/states";
import { Panel } from "../Panel";

/** The insurance, and a place to put pictures of its card. */
export function Insurances({ patientId }: { patientId: string }) {
  const { t } = useTranslation("dashboard");
  const { can } = useSession();
  const query = useQuery({
    queryKey: ["insurances", "latest", patientId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/insurances", {
          params: { query: { patient: patientId, page_size: 5 } },
          signal,
        }),
      ),
  });
  return (
    <Panel
      title={t("mine.insurance")}
      action={
        can("insurances.add") && (
          <Button component={Link} to={`/insurances?patient=${patientId}`} variant="default">
            {t("mine.addInsurance")}
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {({ results }) =>
          results.length === 0 ? (
            <Text size="sm">{t("mine.noInsurance")}</Text>
          ) : (
            <Stack>
              {results.map((one) => (
                <Cover key={one.id} cover={one} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Cover({ cover }: { cover: Schema<"Insurance"> }) {
  const { t } = useTranslation("dashboard");
  const { can } = useSession();
  const [opened, setOpened] = useState(false);
  return (
    <div>
      <Group justify="space-between">
        <Text fw={500}>{[cover.company, cover.plan].filter(Boolean).join(" · ")}</Text>
        <Button
          size="md"
          variant="default"
          aria-expanded={opened}
          leftSection={<IconCamera size={20} aria-hidden />}
          onClick={() => setOpened((now) => !now)}
        >
          {t(can("documents.add") ? "mine.card" : "mine.seeCard")}
        </Button>
      </Group>
      {opened && (
        <DocumentManager
          entityType="insurances"
          entityId={cover.id}
          mode={can("documents.add") ? "edit" : "view"}
        />
      )}
    </div>
  );
}
