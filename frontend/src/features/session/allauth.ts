import { csrfToken } from "@/api/csrf";
import { tellRefused } from "@/api/owner";
import { ApiError, isAborted, NetworkError } from "@/api/problem";

/** Signing in is allauth's headless API; the clinic's own description of its API is without it. */
const BASE = "/_allauth/browser/v1/";

export type Flow = { id: string; is_pending?: boolean };
export type Fault = { code: string; param?: string; message: string };
type Body<D, M> = {
  data?: D;
  meta?: M;
  errors?: Fault[];
  code?: string;
  detail?: string;
};
export type Answer<D, M = unknown> = { status: number; data?: D | undefined; meta?: M | undefined };
type Request = {
  body?: Record<string, string>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Statuses besides 200 that the caller understands; any other is an error. */
  expect?: number[];
};

/** The server wants to be sure that it is still the same person; `ways` are how to show it. */
export class ReauthenticationNeeded extends Error {
  readonly ways: string[];

  constructor(ways: string[]) {
    super("reauthenticate");
    this.name = "ReauthenticationNeeded";
    this.ways = ways;
  }
}

/** Ask allauth; raise ApiError with messages by field, NetworkError, or ReauthenticationNeeded. */
export async function ask<D, M = unknown>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  { body, headers = {}, signal, expect = [] }: Request = {},
): Promise<Answer<D, M>> {
  if (method !== "GET") await ensureCsrfCookie(signal);
  const response = await send(method, path, {
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
    headers: {
      ...headers,
      ...(body ? { "Content-Type": "application/json" } : {}),
      ...(method === "GET" ? {} : { "X-CSRFToken": csrfToken() }),
    },
  });
  const found = await bodyOf<D, M>(response);
  const ways = waysOf(found.data);
  if (response.status === 401 && ways.length > 0) throw new ReauthenticationNeeded(ways);
  if (response.ok || expect.includes(response.status))
    return { status: response.status, data: found.data, meta: found.meta };
  if (response.status === 401) tellRefused();
  throw asError(response.status, found);
}

/** Django sets the cookie with the app's page; where something else serves that, it is asked for. */
async function ensureCsrfCookie(signal?: AbortSignal): Promise<void> {
  if (csrfToken() === "") await send("GET", "config", signal ? { signal } : {});
}

async function send(method: string, path: string, rest: RequestInit): Promise<Response> {
  try {
    return await window.fetch(BASE + path, { method, credentials: "same-origin", ...rest });
  } catch (error) {
    throw isAborted(error) ? error : new NetworkError(error);
  }
}

async function bodyOf<D, M>(response: Response): Promise<Body<D, M>> {
  const text = await response.text();
  if (!response.headers.get("Content-Type")?.includes("json") || text === "") return {};
  const found: Body<D, M> = JSON.parse(text);
  return found;
}

function waysOf(data: unknown): string[] {
  return flowsOf(data)
    .map((flow) => flow.id)
    .filter((id) => id === "reauthenticate" || id === "mfa_reauthenticate");
}

/** Return the steps that a 401 offers. */
export function flowsOf(data: unknown): Flow[] {
  if (data === null || typeof data !== "object" || !("flows" in data)) return [];
  return Array.isArray(data.flows) ? data.flows.filter(isFlow) : [];
}

const isFlow = (flow: unknown): flow is Flow =>
  flow !== null && typeof flow === "object" && "id" in flow && typeof flow.id === "string";

function asError(status: number, { errors = [], code, detail }: Body<unknown, unknown>): ApiError {
  const [first] = errors;
  return new ApiError(status, {
    code: code ?? first?.code ?? "error",
    detail: detail ?? first?.message ?? "",
    errors: errors.map((one) => ({
      field: one.param ?? null,
      code: one.code,
      message: one.message,
    })),
  });
}
