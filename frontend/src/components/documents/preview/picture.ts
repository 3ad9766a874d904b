import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { ApiError, NetworkError } from "@/api/problem";
import type { Document } from "@/api/types";

/** A page as the server draws it. With `placeholder` it is none of the file, and that is why. */
export type Picture = { blob: Blob; pages: number; placeholder: string | null };

const AGAIN = 3_000; // ms until one that is being made is asked for again

/** The picture of a page; `page` begins at 1, and is the frame of a DICOM file. */
export const pictureQuery = (document: Pick<Document, "id" | "sha256">, page: number) =>
  queryOptions({
    queryKey: ["preview", document.id, document.sha256, page],
    queryFn: ({ signal }) => fetchPicture(document.id, page, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000, // pictures are large
    refetchInterval: ({ state }) => (state.data?.placeholder === "busy" ? AGAIN : false),
  });

async function fetchPicture(id: string, page: number, signal: AbortSignal): Promise<Picture> {
  const { error, response } = await api.GET("/api/v1/files/{id}/preview", {
    params: { path: { id }, query: { size: 800, page } },
    parseAs: "stream", // as a picture, not as JSON
    signal,
  });
  if (!response.ok) throw new ApiError(response.status, { ...error });
  const blob = await response.blob().catch((cause: unknown) => {
    throw signal.aborted ? cause : new NetworkError(cause);
  });
  return {
    blob,
    pages: Number(response.headers.get("X-Preview-Pages")) || 1,
    placeholder: response.headers.get("X-Preview-Placeholder"),
  };
}
