import { Alert, Anchor, Button, List, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Patient } from "@/api/types";
import { useDates } from "@/components/useDates";
import { nameOf } from "./people";

type Props = { patients: Patient[]; loading: boolean; onConfirm: () => void };

/** Patients who might be the same person; somebody looks before another is made. */
export function Alike({ patients, loading, onConfirm }: Props) {
  const { t } = useTranslation("patients");
  const dates = useDates();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <Alert color="orange" title={t("alike", { count: patients.length })} role="alert">
      <Stack gap="xs" align="flex-start">
        <List size="sm">
          {patients.map((one) => (
            <List.Item key={one.id}>
              <Anchor
                component={Link}
                to={`/patients/${one.id}`}
                target="_blank"
                underline="always"
              >
                {nameOf(one)}
              </Anchor>{" "}
              {[dates.day(one.date_of_birth), one.email].filter(Boolean).join(" · ")}
            </List.Item>
          ))}
        </List>
        <Text size="sm">{t("alikeHint")}</Text>
        <Button ref={button} size="xs" variant="default" loading={loading} onClick={onConfirm}>
          {t("createAnyway")}
        </Button>
      </Stack>
    </Alert>
  );
}
