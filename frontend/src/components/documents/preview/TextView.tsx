import { Alert, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import type { Document, Schema } from "@/api/types";
import { Loaded } from "@/components/states";
import classes from "./Viewer.module.css";

/** The beginning of a text, or of a table. */
export function TextView({ document }: { document: Document }) {
  const { t } = useTranslation("files");
  const query = useQuery({
    queryKey: ["preview", document.id, document.sha256, "text"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/files/{id}/preview/text", {
          params: { path: { id: document.id } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  return (
    <Loaded query={query}>
      {(head) => (
        <section
          className={classes.text}
          aria-label={t("preview.text", { name: document.file_name })}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
          tabIndex={0}
          data-print
        >
          {head.truncated && (
            <Alert color="blue" mb="sm" role="note">
              {t("preview.truncated")}
            </Alert>
          )}
          <Head head={head} />
        </section>
      )}
    </Loaded>
  );
}

function Head({ head }: { head: Schema<"TextHead"> }) {
  const { t } = useTranslation("files");
  const [first, ...rest] = head.rows;
  if (first) {
    return (
      <Table striped withTableBorder stickyHeader className={classes.rows}>
        <Table.Thead>
          <Table.Tr>
            {first.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name and never move
              <Table.Th key={at} scope="col">
                {cell || t("preview.column", { at: at + 1 })}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rest.map((row, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name and never move
            <Table.Tr key={line}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other name and never move
                <Table.Td key={at}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    );
  }
  if (head.lines.length === 0) return <Text>{t("preview.emptyText")}</Text>;
  return <pre className={classes.lines}>{head.lines.join("\n")}</pre>;
}
