import type { Document } from "@/api/types";
import type { KeyedJob } from "./job";
import { persistently } from "./persistently";
import { ownHeaders, send } from "./send";

/** Send a file through the application; with its key it may be sent again and is kept once. */
export function uploadOrdinary({ target, file, details, key, signal, onProgress }: KeyedJob) {
  const body = new FormData();
  body.append("description", details.description);
  body.append("category", details.category);
  if (details.documentDate) body.append("document_date", details.documentDate);
  body.append("file", file, file.name);
  return persistently(
    async () => {
      onProgress("sending", 0);
      const made = await send({
        method: "POST",
        url: `/api/v1/${target.entityType}/${target.entityId}/files`,
        body,
        headers: await ownHeaders(key),
        signal,
        onSent: (bytes) =>
          bytes >= file.size ? onProgress("finishing", file.size) : onProgress("sending", bytes),
      });
      return made as Document; // as the API describes the answer 201
    },
    { signal, onWait: () => onProgress("waiting", 0) },
  );
}
