import { fireEvent, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { vi } from "vitest";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { forgetDrafts, type Target } from "../reply/drafts";
import { ReplyBox } from "../reply/ReplyBox";
import { page, picture, problem, sent, TALK } from "./data";

export const HERE: Target = { kind: "conversation", id: TALK };

/** Show the box in which one writes to a target. */
export function show(target = HERE) {
  const done = vi.fn();
  const me = someone({ abilities: ["messages.add", "templates.view"] });
  return { ...renderPage(<ReplyBox target={target} onSent={done} />, { me }), done };
}

/** Begin and end each test with nothing written; jsdom shows no pictures. */
export function withoutDrafts(): void {
  forgetDrafts();
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = () => undefined;
}

export type Asked = { key: string | null; body: unknown };

export const png = (name = "knee.png", size = 100) =>
  new File([new Uint8Array(size)], name, { type: "image/png" });

export const box = () => screen.findByRole("textbox", { name: "Message" });
export const send = () => screen.getByRole("button", { name: "Send" });

export const choose = (...files: File[]) =>
  fireEvent.change(screen.getByLabelText("Add pictures", { selector: "input" }), {
    target: { files },
  });

/** Let the server answer a new message with these, one after the other; returns what was asked. */
export function answers(...list: (() => Response | Promise<Response>)[]): Asked[] {
  const asked: Asked[] = [];
  server.use(
    http.post(at("/api/v1/messages"), async ({ request }) => {
      asked.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
      return (list[asked.length - 1] ?? list.at(-1) ?? HttpResponse.error)();
    }),
  );
  return asked;
}

export const good =
  (over = {}) =>
  () =>
    HttpResponse.json(sent(over), { status: 201 });

/** The clinic has one template. */
export const hasTemplate = () =>
  server.use(
    http.get(at("/api/v1/message-templates"), () =>
      HttpResponse.json(
        page([{ id: "t1", name: "Ready", body: "Dear {first_name}", is_active: true }]),
      ),
    ),
  );

export async function chooseTemplate(): Promise<void> {
  await userEvent.click(screen.getByRole("button", { name: "Template" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Ready", hidden: true }));
}

type Losses = {
  lostUploads?: number;
  lostSends?: number;
  refused?: boolean;
  /** What the sending waits for, once all pictures are there. */
  until?: Promise<unknown>;
};

/**
 * A draft that takes pictures, as the server does: with the same key, one picture is kept once.
 *
 * `lost` answers of uploads and of the sending do not arrive.
 */
export function takesPictures({
  lostUploads = 0,
  lostSends = 0,
  refused = false,
  until = Promise.resolve(),
}: Losses = {}) {
  const did = {
    asked: answers(() => one()),
    /** Keys of uploads, in the order in which they came. */
    uploads: [] as string[],
    /** Pictures that the message has. */
    kept: new Set<string>(),
    sends: 0,
    cancels: 0,
  };
  let status: "draft" | "queued" = "draft";
  const one = () => HttpResponse.json(sent({ id: "e1", status }), { status: 201 });
  server.use(
    http.post(at("/api/v1/messages/e1/files"), async ({ request }) => {
      // Without a key, each is another picture.
      const key = request.headers.get("Idempotency-Key") ?? `none ${did.uploads.length}`;
      did.uploads.push(key);
      const number = did.uploads.length;
      if (refused) return problem(415, "type_mismatch", "It is no picture.");
      did.kept.add(key);
      return number <= lostUploads
        ? HttpResponse.error()
        : HttpResponse.json(picture(), { status: 201 });
    }),
    http.post(at("/api/v1/messages/e1/send"), async () => {
      did.sends += 1;
      await until;
      if (status !== "draft") return problem(409, "not_draft", "This message has been sent.");
      status = "queued";
      return did.sends <= lostSends ? HttpResponse.error() : one();
    }),
    http.get(at("/api/v1/messages/e1"), one),
    http.post(at("/api/v1/messages/e1/cancel"), () => {
      did.cancels += 1;
      return HttpResponse.json(sent({ status: "canceled" }));
    }),
  );
  return did;
}
