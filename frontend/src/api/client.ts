import createClient, { type Middleware } from "openapi-fetch";
import { csrfToken } from "./csrf";
import { assureOwner, tellRefused } from "./owner";
import { ApiError, isAborted, NetworkError } from "./problem";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
/** Who asks this is told by its answer that nobody is signed in. */
const ME_PATH = "/api/v1/me";

const session: Middleware = {
  async onRequest({ request }) {
    if (SAFE.has(request.method)) return request;
    await assureOwner();
    request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== ME_PATH) tellRefused();
  },
  onError({ error }) {
    return isAborted(error) ? undefined : new NetworkError(error);
  },
};

/** The API of the clinic whose host this page has; its types come from the server's description. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  // Looked up at each call, so that tests can put their own in its place.
  fetch: (request) => window.fetch(request),
});
api.use(session);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Return an answer's data; raise ApiError with the server's own words otherwise. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  return (await unwrapWithTag(asked)).data;
}

/** The same with the ETag, which the next change names in If-Match. */
export async function unwrapWithTag<T>(
  asked: Promise<Answer<T>>,
): Promise<{ data: T; etag: string }> {
  const { data, error, response } = await asked;
  if (!response.ok) throw new ApiError(response.status, asProblem(error));
  return { data: data as T, etag: response.headers.get("ETag") ?? "" };
}

function asProblem(body: unknown): Record<string, unknown> {
  return body !== null && typeof body === "object" ? (body as Record<string, unknown>) : {};
}
