import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { StrictMode, useState } from "react";
import { expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { makeTestClient, renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { changeFileCount, FileCountBadge, setFileCount, useFileCounts } from ".";

const COUNTS = at("/api/v1/files/batch-counts");
const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);

function Cards({ of, type = "visits" }: { of: string[]; type?: string }) {
  const { counts, loading } = useFileCounts(type, of);
  return of.map((id) => (
    <div key={id} data-testid={id}>
      <FileCountBadge count={counts[id]} loading={loading} entityType={type} onClick={() => {}} />
    </div>
  ));
}

type Asked = { entity_type: string; entity_ids: string[] };

function answering(count: (id: string) => number = () => 3) {
  const asked: Asked[] = [];
  server.use(
    http.post<never, Asked>(COUNTS, async ({ request }) => {
      const body = await request.json();
      asked.push(body);
      return HttpResponse.json({
        counts: Object.fromEntries(body.entity_ids.map((id) => [id, count(id)])),
      });
    }),
  );
  return asked;
}

test("a hundred cards cost one request, in strict mode too", async () => {
  const asked = answering();
  renderPage(
    <StrictMode>
      <Cards of={ids(100)} />
    </StrictMode>,
  );
  expect(await screen.findAllByTitle("3 documents")).toHaveLength(100);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.entity_ids).toHaveLength(100);
});

test("more than the server takes at once are asked for in parts", async () => {
  const asked = answering();
  renderPage(<Counted of={ids(1_001)} />);
  expect(await screen.findByText("1001")).toBeVisible();
  expect(asked.map((one) => one.entity_ids.length).sort()).toEqual([1, 1000]);
});

function Counted({ of }: { of: string[] }) {
  const { counts } = useFileCounts("visits", of);
  return <p>{Object.keys(counts).length}</p>;
}

test("nobody waits for counts that are not shown any more", async () => {
  const aborted: string[][] = [];
  server.use(
    http.post<never, Asked>(COUNTS, async ({ request }) => {
      const { entity_ids } = await request.json();
      if (!entity_ids.includes("slow")) return HttpResponse.json({ counts: { fast: 1 } });
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      aborted.push(entity_ids);
      return HttpResponse.error();
    }),
  );
  function Page() {
    const [of, setOf] = useState(["slow"]);
    return (
      <>
        <button type="button" onClick={() => setOf(["fast"])}>
          others
        </button>
        <Cards of={of} />
      </>
    );
  }
  const { unmount } = renderPage(<Page />);
  expect(await screen.findByRole("button", { name: "Counting documents" })).toBeVisible();
  await userEvent.click(screen.getByText("others"));
  expect(await screen.findByRole("button", { name: "1 document" })).toBeVisible();
  await waitFor(() => expect(aborted).toEqual([["slow"]]));
  unmount();
});

test("an unknown count is a dash and never nought", async () => {
  server.use(http.post(COUNTS, () => HttpResponse.json({ detail: "no" }, { status: 500 })));
  renderPage(<Cards of={["one"]} />);
  const badge = await screen.findByRole("button", { name: "The number of documents is not known" });
  expect(badge).toHaveTextContent("–");
  expect(badge).toHaveAttribute("title", "The number of documents is not known");
});

test("a count that is set is shown without asking again, and one on its way is asked for anew", async () => {
  let answer = 1;
  const asked = answering(() => answer);
  const client = makeTestClient();
  renderPage(<Cards of={["one", "two"]} />, { client });
  expect(await screen.findAllByRole("button", { name: "1 document" })).toHaveLength(2);
  act(() => setFileCount(client, "visits", "one", 5));
  expect(await screen.findByRole("button", { name: "5 documents" })).toBeVisible();
  act(() => changeFileCount(client, "visits", "two", -1));
  expect(await screen.findByRole("button", { name: "0 documents" })).toBeVisible();
  act(() => setFileCount(client, "visits", "unknown", 5));
  expect(asked).toHaveLength(1);

  answer = 7;
  act(() => void client.invalidateQueries({ queryKey: ["file-counts"] }));
  act(() => setFileCount(client, "visits", "one", 6));
  expect(await screen.findAllByRole("button", { name: "7 documents" })).toHaveLength(2);
});

test.each(["badge", "text", "icon"] as const)(
  "as %s it has a name and opens what it counts",
  async (variant) => {
    const onClick = vi.fn();
    const { container } = renderPage(
      <FileCountBadge count={3} entityType="visits" variant={variant} onClick={onClick} />,
    );
    await userEvent.tab();
    const button = await screen.findByRole("button", { name: "3 documents" });
    expect(button).toHaveFocus();
    await userEvent.keyboard("{Enter}");
    expect(onClick).toHaveBeenCalledTimes(1);
    expect(await violations(container)).toEqual([]);
  },
);

test("without a click it is no button", async () => {
  const { container } = renderPage(<FileCountBadge count={0} entityType="visits" />);
  expect(await screen.findByRole("img", { name: "0 documents" })).toBeVisible();
  expect(screen.queryByRole("button")).toBeNull();
  expect(await violations(container)).toEqual([]);
});
