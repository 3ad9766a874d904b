import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { renderPage } from "@/test/render";
import { lazily } from "./lazily";
import { Over } from "./Over";

afterEach(() => vi.unstubAllGlobals());

it("is fetched when it is shown, once", async () => {
  const load = vi.fn(async () => ({ name }: { name: string }) => <p>Hello {name}</p>);
  const Part = lazily(load);
  expect(load).not.toHaveBeenCalled();
  renderPage(
    <Over>
      <Part name="Ada" />
      <Part name="Bo" />
    </Over>,
  );
  await screen.findByText("Hello Ada");
  expect(screen.getByText("Hello Bo")).toBeVisible();
  expect(load).toHaveBeenCalledTimes(1);
});

it("says that it did not come, and is fetched anew", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {}); // React tells of what was caught
  const load = vi
    .fn(async () => () => <p>Here it is</p>)
    .mockRejectedValueOnce(new TypeError("Failed to fetch dynamically imported module"));
  const Part = lazily(load);
  const reload = vi.fn();
  vi.stubGlobal("location", { ...window.location, reload });
  renderPage(
    <>
      <p>The page</p>
      <Over>
        <Part />
      </Over>
    </>,
  );
  await screen.findByText(/A part of the app did not arrive/);
  expect(screen.getByText("The page")).toBeVisible();
  await userEvent.click(screen.getByText("Load the page anew"));
  expect(reload).toHaveBeenCalledTimes(1);
  await userEvent.click(screen.getByText("Try again"));
  await screen.findByText("Here it is");
  expect(load).toHaveBeenCalledTimes(2);
});

it("is not fetched before it is wanted, and stays afterwards", async () => {
  const load = vi.fn(async () => ({ opened }: { opened: boolean }) => (
    <p>{opened ? "open" : "closed"}</p>
  ));
  const Part = lazily(load);
  function Page() {
    const [opened, setOpened] = useState(false);
    return (
      <>
        <button type="button" onClick={() => setOpened(!opened)}>
          Press
        </button>
        <Over when={opened}>
          <Part opened={opened} />
        </Over>
      </>
    );
  }
  renderPage(<Page />);
  expect(load).not.toHaveBeenCalled();
  await userEvent.click(screen.getByText("Press"));
  await screen.findByText("open");
  await userEvent.click(screen.getByText("Press"));
  await screen.findByText("closed");
});
