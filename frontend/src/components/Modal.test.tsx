import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { Modal } from "./Modal";

function Two() {
  const [outer, setOuter] = useState(true);
  const [inner, setInner] = useState(false);
  const plain = { transitionProps: { duration: 0 } };
  return (
    <Modal {...plain} opened={outer} onClose={() => setOuter(false)} title="Outer">
      <button type="button" onClick={() => setInner(true)}>
        Open
      </button>
      {inner && (
        <Modal {...plain} opened onClose={() => setInner(false)} title="Inner">
          Inside
        </Modal>
      )}
    </Modal>
  );
}

test("one press of Escape closes one dialog, the uppermost", async () => {
  const user = userEvent.setup();
  renderPage(<Two />);
  await user.click(await screen.findByRole("button", { name: "Open" }));
  expect(await screen.findByRole("dialog", { name: "Inner" })).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog", { name: "Inner" })).toBeNull();
  expect(screen.getByRole("dialog", { name: "Outer" })).toBeVisible();
  await user.keyboard("{Escape}");
  expect(screen.queryByRole("dialog", { name: "Outer" })).toBeNull();
});
