import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renderPage } from "@/test/render";
import DocumentManager from "../DocumentManager";
import { clinic, policy, RECORD } from "../fixtures/clinic";
import { canShrink, shrink } from "./shrink";

const MB = 1024 * 1024;
const photo = (name = "scan.PNG", type = "image/png", size = 3 * MB) =>
  new File([new Uint8Array(size)], name, { type, lastModified: 9 });

/** A browser that draws: pictures of this size, which become JPEGs of so many bytes. */
function drawing({ width = 5120, height = 2560, bytes = MB, decodes = true } = {}) {
  const close = vi.fn();
  const decode = vi.fn(async (_file: File, _options: ImageBitmapOptions) => {
    if (!decodes) throw new DOMException("cannot decode", "InvalidStateError");
    return { width, height, close };
  });
  vi.stubGlobal("createImageBitmap", decode);
  const canvases: HTMLCanvasElement[] = [];
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(function (
    this: HTMLCanvasElement,
  ) {
    canvases.push(this);
    return { fillRect: () => {}, drawImage: () => {} } as unknown as null;
  });
  vi.spyOn(HTMLCanvasElement.prototype, "toBlob").mockImplementation((done, type = "") =>
    done(new Blob([new Uint8Array(bytes)], { type })),
  );
  return { close, decode, canvases };
}

beforeEach(() => {
  // jsdom has no addresses for what is in memory.
  URL.createObjectURL = vi.fn(() => "blob:http://demo.localhost/1");
  URL.revokeObjectURL = vi.fn();
});
afterEach(() => vi.unstubAllGlobals());

test("a picture keeps its stem, its time and its way up, and is no larger than 2560 pixels", async () => {
  const { close, decode, canvases } = drawing();
  const smaller = await shrink(photo("Knee left.v2.PNG"));
  expect(smaller).toMatchObject({ name: "Knee left.v2.jpg", type: "image/jpeg", lastModified: 9 });
  expect(smaller.size).toBe(MB);
  expect(decode.mock.calls[0]?.[1]).toEqual({ imageOrientation: "from-image" });
  expect([canvases[0]?.width, canvases[0]?.height]).toEqual([2560, 1280]);
  expect(close).toHaveBeenCalled();
});

test("what would not become smaller, or cannot be decoded, stays as it is", async () => {
  drawing({ bytes: 4 * MB });
  await expect(shrink(photo())).rejects.toMatchObject({ reason: "useless" });
  drawing({ decodes: false });
  await expect(shrink(photo())).rejects.toMatchObject({ reason: "failed" });
});

test.each([
  ["image/jpeg", 3 * MB, true],
  ["image/jpeg", MB, false],
  ["image/tiff", 3 * MB, false],
  ["image/heic", 3 * MB, false],
  ["image/gif", 3 * MB, false],
  ["application/dicom", 3 * MB, false],
])("%s of %d bytes: offered %s", (type, size, offered) => {
  expect(canShrink(photo("a", type, size))).toBe(offered);
});

test("a picture that is too large is made smaller, back, smaller again, and uploaded", async () => {
  drawing();
  const { kept } = clinic({ rules: policy({ max_size: 2 * MB }) });
  const user = userEvent.setup({ delay: null });
  const view = renderPage(
    <DocumentManager entityType="lab-results" entityId={RECORD} mode="edit" />,
  );
  const input = await screen.findByLabelText("Choose files", { selector: "input" });
  await user.upload(input, [photo("knee.png")]);
  const rows = within(screen.getByRole("list", { name: "Files to upload" }));
  expect(rows.getByRole("alert")).toHaveTextContent("Make it smaller");
  await user.click(rows.getByRole("button", { name: "Make smaller: knee.png" }));
  expect(await rows.findByText("Made smaller: 3 MB → 1 MB")).toBeVisible();
  expect(rows.queryByRole("alert")).toBeNull();
  await user.click(rows.getByRole("button", { name: "Undo: knee.png" }));
  expect(rows.getByRole("alert")).toBeVisible();
  await user.click(rows.getByRole("button", { name: "Make smaller: knee.png" }));
  await user.click(screen.getByRole("button", { name: "Save files" })); // waits for the picture
  await screen.findByText("1 file uploaded.");
  expect(kept.sent.map(({ name }) => name)).toEqual(["knee.jpg"]);
  view.unmount();
  const { mock: made } = vi.mocked(URL.createObjectURL);
  const { mock: revoked } = vi.mocked(URL.revokeObjectURL);
  expect(revoked.calls.length).toBe(made.calls.length);
});
