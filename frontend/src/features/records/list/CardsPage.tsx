import { SimpleGrid } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useFileCounts } from "@/components/documents/counts";
import type { BaseDraft, BaseRecord, Kind } from "../kind";
import { RecordCard } from "./RecordCard";
import classes from "./RecordCard.module.css";
import type { RecordNavigation } from "./useNavigation";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  records: R[];
  withPatient: boolean;
  navigation: RecordNavigation;
  /** This page was just asked for, and its first card takes the focus. */
  takesFocus: boolean;
};

/** One page of cards; the documents of all of them are counted with one request. */
export function CardsPage<R extends BaseRecord, D extends BaseDraft, B>(props: Props<R, D, B>) {
  const { kind, records, takesFocus } = props;
  const { t } = useTranslation("records");
  const { counts, loading } = useFileCounts(
    kind.slug,
    records.map((record) => record.id),
  );
  const first = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (takesFocus) first.current?.focus();
  }, [takesFocus]);
  return (
    <SimpleGrid
      component="ul"
      className={classes.list}
      cols={{ base: 1, xs: 2, lg: 3 }}
      spacing="sm"
      mb="sm"
      aria-label={t("list.label", {
        title: t(`kinds.${kind.slug}.title`),
        count: records.length,
      })}
    >
      {records.map((record, index) => (
        <li key={record.id}>
          <RecordCard
            kind={kind}
            record={record}
            count={counts[record.id]}
            counting={loading}
            withPatient={props.withPatient}
            navigation={props.navigation}
            {...(index === 0 ? { ref: first } : {})}
          />
        </li>
      ))}
    </SimpleGrid>
  );
}
