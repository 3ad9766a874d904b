import { Anchor, Card, Group, Stack } from "@mantine/core";
import { type Ref, useId } from "react";
import { Link } from "react-router";
import { FileCountBadge } from "@/components/documents/counts";
import { PatientLink } from "@/features/patient/PatientLink";
import { Marks } from "../dialog/Marks";
import type { BaseDraft, BaseRecord, Kind } from "../kind";
import { useTitle } from "../useTitle";
import classes from "./RecordCard.module.css";
import { FROM_LIST, type RecordNavigation } from "./useNavigation";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  record: R;
  count: number | undefined;
  counting: boolean;
  withPatient: boolean;
  navigation: RecordNavigation;
  ref?: Ref<HTMLAnchorElement>;
};

/** A record in the list; the whole card leads to it. */
export function RecordCard<R extends BaseRecord, D extends BaseDraft, B>(props: Props<R, D, B>) {
  const { kind, record, navigation } = props;
  const title = useTitle(kind)(record);
  const id = useId();
  return (
    <Card component="article" withBorder padding="sm" className={classes.card} aria-labelledby={id}>
      <Stack gap={6} h="100%">
        <Anchor
          component={Link}
          ref={props.ref}
          id={id}
          to={navigation.linkTo(record.id)}
          state={FROM_LIST}
          fw={600}
          c="inherit"
          className={classes.title}
        >
          {title}
        </Anchor>
        {props.withPatient && (
          <div>
            <PatientLink
              id={record.patient_id}
              name={record.patient_name}
              size="sm"
              className={classes.above}
            />
          </div>
        )}
        <kind.Card record={record} />
        <Group justify="space-between" mt="auto">
          <Marks of={kind.marks(record)} />
          <div className={classes.above}>
            <FileCountBadge
              count={props.count}
              loading={props.counting}
              entityType={kind.slug}
              size="sm"
              onClick={() => navigation.open(record.id)}
            />
          </div>
        </Group>
      </Stack>
    </Card>
  );
}
