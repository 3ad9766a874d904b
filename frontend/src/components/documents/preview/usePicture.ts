import { useQueries, useQuery } from "@tanstack/react-query";
import type { Document } from "@/api/types";
import { isText } from "../files";
import { pictureQuery } from "./picture";
import { useObjectUrl } from "./useObjectUrl";
import { useSharper } from "./useSharper";
import type { View } from "./useView";

/**
 * The picture of the page that is looked at, and those beside it, so that they are there at once.
 *
 * What is beside it no longer is aborted: nobody looks at it.
 */
export function usePicture(
  files: readonly Document[],
  index: number,
  view: View,
  enabled: boolean,
) {
  const document = files[index];
  if (!document) throw new Error("There is no document to be shown.");
  const query = useQuery({ ...pictureQuery(document, view.page), enabled });
  const first = useQuery({ ...pictureQuery(document, 1), enabled, notifyOnChangeProps: ["data"] });
  const pages = query.data?.pages ?? first.data?.pages ?? 1;

  const beside = [files[index + 1], files[index - 1]].filter((one) => one !== undefined);
  const pictures = beside.filter((one) => !isText(one) && one.preview_url !== null);
  useQueries({
    queries: [
      { ...pictureQuery(document, view.page + 1), enabled: query.isSuccess && view.page < pages },
      ...pictures.map((one) => ({
        ...pictureQuery(one, 1),
        enabled: query.isSuccess || !enabled, // first what is looked at
      })),
    ].map((one) => ({ ...one, refetchInterval: false as const })),
    combine: NOTHING,
  });

  const placeholder = query.data?.placeholder ?? null;
  const url = useObjectUrl(placeholder ? undefined : query.data?.blob);
  const sharp = useSharper(document, view.scale);
  return {
    pages,
    placeholder,
    url,
    sharp,
    error: query.error,
    refetch: () => void query.refetch(),
  };
}

/** Nobody is told of what is only fetched in advance. */
const NOTHING = () => null;
