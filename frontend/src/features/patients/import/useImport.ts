import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { useAction } from "@/components/useAction";
import { PATIENTS } from "../usePatients";
import { formOf, type Options } from "./options";

export type Preview = Schema<"ImportPreview">;
export type AtOnce = Schema<"ImportResult">;
export type Begun = Schema<"ImportJob">;
type Asked = { file: File; options: Options };

/** Ask how a file would be imported. Asked again, or left, the earlier question is given up. */
export function usePreview() {
  const asked = useRef<AbortController | null>(null);
  useEffect(() => () => asked.current?.abort(), []);
  return useMutation({
    mutationFn: ({ file, options }: Asked): Promise<Preview> => {
      asked.current?.abort();
      asked.current = new AbortController();
      return unwrap(
        api.POST("/api/v1/patients/import-preview", {
          body: { ...options, file: "", mapping: "" }, // for the types; the form is what is sent
          bodySerializer: () => formOf(file, options),
          signal: asked.current.signal,
        }),
      );
    },
  });
}

/** Import the rows that are right: at once, or by a job that is then watched. */
export function useStartImport() {
  const client = useQueryClient();
  return useAction({
    mutationFn: ({ file, options }: Asked): Promise<AtOnce | Begun> =>
      unwrap(
        api.POST("/api/v1/patients/import-csv", {
          body: { ...options, file: "", mapping: "", dry_run: false, partial: true },
          bodySerializer: () => formOf(file, options, true),
        }),
      ),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: PATIENTS });
      void client.invalidateQueries({ queryKey: ["jobs"] });
      void client.invalidateQueries({ queryKey: ["dashboard"] });
    },
  });
}
