import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Document } from "@/api/types";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { aDocument } from "../testing";
import { FilePreview } from "./FilePreview";

const PDF = aDocument(1);
const SCAN = aDocument(2, { file_name: "scan.tiff", file_type: "image/tiff" });
const TEXT = aDocument(3, { file_name: "note.txt", file_type: "text/plain", preview_url: null });
const TABLE = aDocument(4, { file_name: "values.csv", file_type: "text/csv", preview_url: null });

let urls = 0;
const revoked: string[] = [];

beforeEach(() => {
  urls = 0;
  revoked.length = 0;
  URL.createObjectURL = vi.fn(() => `blob:${++urls}`);
  URL.revokeObjectURL = vi.fn((url: string) => revoked.push(url));
});

/** Answer with pictures of so many pages, and note which were asked for, as `document/page`. */
function pictures(pages: number, headers: Record<string, string> = {}) {
  const asked: string[] = [];
  server.use(
    http.get(at("/api/v1/files/:id/preview"), ({ request, params }) => {
      const query = new URL(request.url).searchParams;
      expect(query.get("size")).toBe("800");
      asked.push(`${Number(String(params.id).slice(-4))}/${query.get("page")}`);
      return new HttpResponse("picture", {
        headers: { "Content-Type": "image/jpeg", "X-Preview-Pages": String(pages), ...headers },
      });
    }),
  );
  return asked;
}

function Page({ files, from = 0 }: { files: Document[]; from?: number }) {
  const [index, setIndex] = useState<number | null>(null);
  return (
    <>
      <button type="button" onClick={() => setIndex(from)}>
        open
      </button>
      {index !== null && (
        <FilePreview
          files={files}
          index={index}
          onIndex={setIndex}
          onClose={() => setIndex(null)}
        />
      )}
    </>
  );
}

async function open(files: Document[], from = 0) {
  const view = renderPage(<Page files={files} from={from} />);
  await userEvent.click(await screen.findByText("open"));
  await screen.findByRole("dialog");
  return view;
}

test("pages of a PDF, by buttons, keys and number; the next page is fetched in advance", async () => {
  const asked = pictures(3);
  await open([PDF]);
  expect(await screen.findByText("Page 1 of 3")).toBeVisible();
  expect(screen.getByRole("img", { name: "scan-1.pdf, page 1 of 3" })).toHaveAttribute(
    "src",
    "blob:1",
  );
  await waitFor(() => expect(asked).toEqual(["1/1", "1/2"]));
  await userEvent.click(screen.getByRole("button", { name: "Next page" }));
  expect(await screen.findByText("Page 2 of 3")).toBeVisible();
  await userEvent.keyboard("{PageDown}");
  expect(await screen.findByText("Page 3 of 3")).toBeVisible();
  expect(screen.getByRole("button", { name: "Next page" })).toBeDisabled();
  const number = screen.getByRole("textbox", { name: "Go to page" });
  await userEvent.clear(number);
  await userEvent.type(number, "1");
  expect(await screen.findByText("Page 1 of 3")).toBeVisible();
  expect(asked).toEqual(["1/1", "1/2", "1/3"]); // each once: nothing is fetched twice
});

test("from document to document, with those beside fetched in advance and addresses given back", async () => {
  const asked = pictures(1);
  const files = [PDF, SCAN, aDocument(5)];
  await open(files);
  expect(await screen.findByRole("img")).toBeVisible();
  expect(screen.getByText("1 of 3")).toBeVisible();
  await waitFor(() => expect(asked).toEqual(["1/1", "2/1"]));
  await userEvent.keyboard("{ArrowRight}");
  expect(await screen.findByRole("dialog", { name: "Preview of scan.tiff" })).toBeVisible();
  await waitFor(() => expect(asked).toEqual(["1/1", "2/1", "5/1"]));
  expect(revoked).toContain("blob:1");
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(await screen.findByText("3 of 3")).toBeVisible();
  expect(screen.getByRole("button", { name: "Next document" })).toBeDisabled();
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(revoked).toHaveLength(urls);
  await waitFor(() => expect(screen.getByText("open")).toHaveFocus());
});

test("what nobody looks at any more is aborted", async () => {
  const aborted: string[] = [];
  server.use(
    http.get(at("/api/v1/files/:id/preview"), async ({ request, params }) => {
      const id = String(params.id);
      if (id === PDF.id) {
        await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
        aborted.push(id);
        return HttpResponse.error();
      }
      return new HttpResponse("picture", { headers: { "X-Preview-Pages": "1" } });
    }),
  );
  await open([PDF, aDocument(5), aDocument(6), aDocument(7)]);
  expect(await screen.findByText("The preview is being made …")).toBeVisible();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(await screen.findByRole("img")).toBeVisible();
  await waitFor(() => expect(aborted).toEqual([PDF.id]));
});

test("larger, smaller, fitted and turned by keys and by the wheel", async () => {
  pictures(1);
  await open([SCAN]);
  const picture = await screen.findByRole("img");
  const percent = () => screen.getByText(/^\d+ %$/).textContent;
  expect(percent()).toBe("100 %");
  await userEvent.keyboard("+");
  expect(percent()).toBe("125 %");
  await userEvent.keyboard("--");
  expect(percent()).toBe("80 %");
  await userEvent.keyboard("0");
  expect(percent()).toBe("100 %");
  fireEvent.wheel(screen.getByRole("region", { name: /^Picture/ }), { deltaY: -100 });
  expect(percent()).toBe("122 %");
  await userEvent.keyboard("r");
  expect(picture.style.transform).toContain("rotate(90deg)");
  await userEvent.click(screen.getByRole("button", { name: "Turn to the right" }));
  expect(picture.style.transform).toContain("rotate(180deg)");
});

test("two fingers make it larger; what is looked at closely is the file itself", async () => {
  pictures(1);
  class Loaded {
    onload: (() => void) | null = null;
    set src(url: string) {
      if (url) queueMicrotask(() => this.onload?.());
    }
  }
  vi.stubGlobal("Image", Loaded);
  const photo = aDocument(8, { file_name: "wound.jpg", file_type: "image/jpeg" });
  await open([photo]);
  const picture = await screen.findByRole("img");
  expect(picture).toHaveAttribute("src", "blob:1");
  const frame = screen.getByRole("region", { name: /^Picture/ });
  const at = (x: number) => ({ clientX: x, clientY: 0 });
  const fingers = (...touches: object[]) => ({ touches, changedTouches: [at(0)] });
  fireEvent.touchStart(frame, fingers(at(0), at(100)));
  fireEvent.touchMove(frame, fingers(at(0), at(200)));
  fireEvent.touchEnd(frame, fingers());
  expect(screen.getByText("200 %")).toBeVisible();
  await waitFor(() => expect(picture).toHaveAttribute("src", photo.download_url));
  await userEvent.keyboard("0");
  expect(picture).toHaveAttribute("src", photo.download_url); // it is there, so it stays
  vi.unstubAllGlobals();
});

test("the beginning of a text, and that there is more", async () => {
  server.use(
    http.get(at(`/api/v1/files/${TEXT.id}/preview/text`), () =>
      HttpResponse.json({
        charset: "utf-8",
        truncated: true,
        delimiter: "",
        lines: ["One <b>", "Two"],
        rows: [],
      }),
    ),
  );
  await open([TEXT]);
  const text = await screen.findByRole("region", { name: "Beginning of note.txt" });
  expect(text).toHaveTextContent("One <b> Two");
  expect(screen.getByText(/This is the beginning only/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Larger" })).toBeNull();
  expect(await violations(screen.getByRole("dialog"))).toEqual([]);
});

test("a CSV is a table", async () => {
  server.use(
    http.get(at(`/api/v1/files/${TABLE.id}/preview/text`), () =>
      HttpResponse.json({
        charset: "utf-8",
        truncated: false,
        delimiter: ";",
        lines: [],
        rows: [
          ["Test", ""],
          ["Potassium", "4.1"],
        ],
      }),
    ),
  );
  await open([TABLE]);
  expect(await screen.findByRole("columnheader", { name: "Test" })).toBeVisible();
  expect(screen.getByRole("columnheader", { name: "Column 2" })).toBeVisible();
  expect(screen.getByRole("cell", { name: "4.1" })).toBeVisible();
});

test.each([
  ["damaged", /seems to be damaged/],
  ["encrypted", /protected by a password/],
  ["something new", /cannot be shown here/],
])("a placeholder (%s) is told in words, with a download", async (reason, words) => {
  pictures(1, { "X-Preview-Placeholder": reason });
  await open([PDF]);
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.getAllByRole("button", { name: "Download" })).toHaveLength(2);
});

test("one that is being made appears by itself", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  try {
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
    pictures(1, { "X-Preview-Placeholder": "busy" });
    renderPage(<Page files={[PDF]} />);
    await user.click(await screen.findByText("open"));
    expect(await screen.findByText(/It will appear in a moment/)).toBeVisible();
    pictures(1);
    await act(() => vi.advanceTimersByTimeAsync(3_000));
    expect(await screen.findByRole("img")).toBeVisible();
  } finally {
    vi.useRealTimers();
  }
});

test("an error is told and can be tried again; axe finds nothing", async () => {
  pictures(2);
  server.use(
    http.get(
      at("/api/v1/files/:id/preview"),
      () => HttpResponse.json({ detail: "The store is away." }, { status: 503 }),
      { once: true },
    ),
  );
  await open([PDF, SCAN]);
  expect(await screen.findByText("The store is away.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("img")).toBeVisible();
  expect(await violations(screen.getByRole("dialog"))).toEqual([]);
});

test("only what is shown is printed", async () => {
  pictures(1);
  const printed: string[] = [];
  await open([PDF]);
  await screen.findByRole("img");
  const original = HTMLImageElement.prototype.decode;
  HTMLImageElement.prototype.decode = async () => {
    const view = document.querySelector("iframe")?.contentWindow;
    if (view) view.print = () => printed.push(view.document.body.innerHTML);
  };
  try {
    await userEvent.keyboard("p");
    await waitFor(() => expect(printed).toHaveLength(1));
    expect(printed[0]).toContain('src="blob:1"');
    expect(printed[0]).not.toContain("button");
  } finally {
    HTMLImageElement.prototype.decode = original;
  }
});
