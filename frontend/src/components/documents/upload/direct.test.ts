import { createHash } from "node:crypto";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import { ApiError } from "@/api/problem";
import { at, server } from "@/test/server";
import { document, problem, RECORD } from "../fixtures/clinic";
import type { Details, Phase, Target } from "./job";
import { uploadFile } from "./uploadFile";

const KB = 1024;
const ID = "01931f6e-0000-7000-8000-0000000000e1";
const PART = 5 * KB;
const target: Target = { entityType: "medical-records", entityId: RECORD, userId: "u" };
const details: Details = { description: "Scan", category: "image", documentDate: "" };
const bytes = new Uint8Array(20 * KB + 1).fill(7);
const scan = () => new File([bytes], "scan.dcm", { lastModified: 5 });

/** A server that takes direct uploads, in parts or as a form, and says what it got. */
function store({ parts = true } = {}) {
  const got = {
    begun: [] as { key: string; sha256: string }[],
    signed: [] as number[][],
    arrived: new Map<number, number>(),
    puts: [] as number[],
    forms: 0,
    completed: 0,
    takenBack: 0,
    state: "pending",
  };
  const upload = () => ({
    id: ID,
    state: got.state,
    reason: "",
    detail: "",
    method: parts ? "multipart" : "post",
    size: bytes.length,
    part_size: parts ? PART : null,
    parts: parts ? 5 : null,
    expires_at: "",
    links_until: "",
  });
  const link = (number: number) => at(`/uploads?token=${number}-${got.signed.length}`);
  server.use(
    http.post(at("/api/v1/medical-records/:id/files/uploads"), async ({ request }) => {
      const body = (await request.json()) as { sha256: string };
      got.begun.push({ key: request.headers.get("Idempotency-Key") ?? "", sha256: body.sha256 });
      const isOpen = !parts && got.state === "pending";
      const form = isOpen ? { url: link(0), fields: { policy: "p" } } : { url: null, fields: null };
      return HttpResponse.json({ ...upload(), ...form }, { status: 201 });
    }),
    http.get(at(`/api/v1/files/${ID}/parts`), () =>
      HttpResponse.json({
        arrived: [...got.arrived].map(([number, size]) => ({ number, size })),
        parts: 5,
      }),
    ),
    http.post(at(`/api/v1/files/${ID}/parts`), async ({ request }) => {
      const { numbers } = (await request.json()) as { numbers: number[] };
      got.signed.push(numbers);
      const found = numbers.map((number) => ({ number, size: PART, url: link(number) }));
      return HttpResponse.json({ parts: found, links_until: "" });
    }),
    http.put(at("/uploads"), async ({ request }) => {
      const number = Number.parseInt(new URL(request.url).searchParams.get("token") ?? "", 10);
      got.puts.push(number);
      got.arrived.set(number, (await request.arrayBuffer()).byteLength);
      return new HttpResponse(null, { status: 200 });
    }),
    http.post(at("/uploads"), () => {
      got.forms += 1;
      return new HttpResponse(null, { status: 204 });
    }),
    http.post(at(`/api/v1/files/${ID}/complete`), () => {
      got.completed += 1;
      if (parts && got.arrived.size < 5) return problem(409, "parts_missing", "Parts are missing.");
      if (!parts && got.forms === 0) return problem(409, "not_uploaded", "No bytes.");
      got.state = "available";
      return HttpResponse.json(upload());
    }),
    http.get(at(`/api/v1/files/${ID}`), () => HttpResponse.json(document({ id: ID }))),
    http.delete(at(`/api/v1/files/${ID}/upload`), () => {
      got.takenBack += 1;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return got;
}

function start(file = scan(), onPhase: (phase: Phase) => void = () => {}) {
  const controller = new AbortController();
  const sent: number[] = [];
  const onProgress = (phase: Phase, count: number) => {
    onPhase(phase);
    if (phase === "sending") sent.push(count);
    // The network is back as soon as it is waited for.
    if (phase === "waiting") queueMicrotask(() => window.dispatchEvent(new Event("online")));
  };
  const { signal } = controller;
  // As if these were large: what is beyond the limit goes straight to the store.
  const done = uploadFile({ target, file, details, signal, onProgress }, 20 * KB);
  return { done, sent, cancel: () => controller.abort() };
}

test("a large file goes to the store in parts, with its hash, and becomes a document", async () => {
  const got = store();
  const { done, sent } = start();
  const { document: made, state } = await done;
  expect([made?.id, state]).toEqual([ID, "available"]);
  expect(got.begun[0]?.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  expect(got.signed).toEqual([[1, 2, 3, 4, 5]]);
  expect([...got.puts].sort()).toEqual([1, 2, 3, 4, 5]);
  expect(got.arrived.get(5)).toBe(1);
  expect(sent.at(-1)).toBe(bytes.length);
});

test("a part that is lost is sent again, and only that part", async () => {
  const got = store();
  let lost = 0;
  server.use(
    http.put(at("/uploads"), ({ request }) => {
      if (!request.url.includes("token=3-") || lost > 0) return undefined;
      lost += 1;
      queueMicrotask(() => setTimeout(() => window.dispatchEvent(new Event("online")), 20));
      return HttpResponse.error();
    }),
  );
  await start().done;
  expect([...got.puts].sort()).toEqual([1, 2, 3, 4, 5]);
  expect(got.completed).toBe(1);
});

test("a link that is over is asked for anew", async () => {
  const got = store();
  server.use(
    http.put(at("/uploads"), ({ request }) => {
      if (!request.url.endsWith("token=2-1")) return undefined;
      setTimeout(() => window.dispatchEvent(new Event("online")), 50);
      return new HttpResponse("<Error>expired</Error>", { status: 403 });
    }),
  );
  await start().done;
  expect(got.signed).toEqual([[1, 2, 3, 4, 5], [2]]);
});

test("a part whose answer was lost, at a store that takes each once, is there", async () => {
  const got = store();
  server.use(
    http.put(at("/uploads"), async ({ request }) => {
      if (!request.url.includes("token=4-")) return undefined;
      got.arrived.set(4, PART);
      return new HttpResponse(null, { status: 409 });
    }),
  );
  await start().done;
  expect([...got.puts].sort()).toEqual([1, 2, 3, 5]);
});

test("after a reload the same file goes on with what has not arrived", async () => {
  const got = store();
  server.use(
    http.put(at("/uploads"), ({ request }) =>
      request.url.includes("token=4-") ? new HttpResponse(null, { status: 500 }) : undefined,
    ),
  );
  await expect(start().done).rejects.toBeInstanceOf(ApiError);
  server.use(
    http.put(at("/uploads"), async ({ request }) => {
      const number = Number.parseInt(new URL(request.url).searchParams.get("token") ?? "", 10);
      got.puts.push(number);
      got.arrived.set(number, (await request.arrayBuffer()).byteLength);
      return new HttpResponse(null, { status: 200 });
    }),
  );
  const before = new Set(got.arrived.keys());
  got.puts.length = 0;
  await start(scan()).done; // another object, as the browser gives it after a reload
  expect(got.begun[1]?.key).toBe(got.begun[0]?.key);
  expect(got.puts.some((number) => before.has(number))).toBe(false);
  await start(scan()).done; // it is there by now: this one is meant to be another
  expect(got.begun[2]?.key).not.toBe(got.begun[0]?.key);
});

test("a form is posted with its fields; one that was sent before the reload is only completed", async () => {
  const got = store({ parts: false });
  server.use(
    http.post(at(`/api/v1/files/${ID}/complete`), () => problem(500, "error", "Oops"), {
      once: true,
    }),
  );
  await expect(start().done).rejects.toBeInstanceOf(ApiError);
  expect(got.forms).toBe(1);
  await start(scan()).done;
  expect(got.forms).toBe(1);
});

test("a form whose link is over is asked for anew, for the same upload", async () => {
  const got = store({ parts: false });
  server.use(
    http.post(at("/uploads"), () => new HttpResponse(null, { status: 403 }), { once: true }),
  );
  await start().done;
  expect(got.begun.map(({ key }) => key)).toEqual(Array(2).fill(got.begun[0]?.key));
});

test("what the workers verify is asked for until they have done it", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const got = store();
  let asked = 0;
  server.use(
    http.post(at(`/api/v1/files/${ID}/complete`), () => {
      if (++asked > 1) return undefined;
      got.state = "verifying";
      setTimeout(() => window.dispatchEvent(new Event("online")), 30);
      return HttpResponse.json({ id: ID, state: "verifying" }, { status: 202 });
    }),
  );
  expect((await start().done).state).toBe("available");
  expect(asked).toBe(2);
});

test("bytes that are refused end it, and the next try is another upload", async () => {
  const got = store();
  server.use(
    http.post(
      at(`/api/v1/files/${ID}/complete`),
      () => problem(422, "hash_differs", "The bytes have another SHA-256.", "file"),
      { once: true },
    ),
  );
  await expect(start().done).rejects.toThrow("another SHA-256");
  got.arrived.clear();
  await start(scan()).done;
  expect(got.begun[1]?.key).not.toBe(got.begun[0]?.key);
});

test("cancelling takes it back", async () => {
  const got = store();
  const run = start(scan(), (phase) => {
    if (phase === "sending") run.cancel();
  });
  await expect(run.done).rejects.toMatchObject({ name: "AbortError" });
  expect(got.takenBack).toBe(1);
  expect(got.completed).toBe(0);
});

test("a scanner that holds it back leaves no document to be seen", async () => {
  const got = store();
  server.use(
    http.post(at(`/api/v1/files/${ID}/complete`), () => {
      got.state = "quarantined";
      return HttpResponse.json({ id: ID, state: "quarantined" });
    }),
  );
  expect(await start().done).toEqual({ document: null, state: "quarantined" });
});
