import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, NetworkError } from "@/api/problem";
import { persistently } from "./persistently";
import { makeQueue } from "./queue";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const { signal } = new AbortController();
const failing = (times: number, error: unknown = new NetworkError()) => {
  const task = vi.fn(async () => {
    if (task.mock.calls.length <= times) throw error;
    return "done";
  });
  return task;
};

test("what fails for the network is done again, later each time", async () => {
  const task = failing(3);
  const done = persistently(task, { signal });
  await vi.advanceTimersByTimeAsync(300);
  expect(task).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await done).toBe("done");
});

test("it ends some time, with the last error", async () => {
  const task = failing(100);
  const done = persistently(task, { signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await done).toBeInstanceOf(NetworkError);
  expect(task).toHaveBeenCalledTimes(9);
});

test("a refusal is not asked for twice; a server that is busy is", async () => {
  const refused = failing(1, new ApiError(422, { code: "invalid" }));
  await expect(persistently(refused, { signal })).rejects.toBeInstanceOf(ApiError);
  expect(refused).toHaveBeenCalledTimes(1);
  const busy = persistently(failing(1, new ApiError(409, { code: "busy" })), { signal });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await busy).toBe("done");
});

test("offline it waits without an end, and goes on when the network is back", async () => {
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const task = failing(20);
  const done = persistently(task, { signal });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(task).toHaveBeenCalledTimes(1);
  for (let at = 0; at < 20; at++) {
    window.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(await done).toBe("done");
});

test("stopping ends the waiting", async () => {
  const controller = new AbortController();
  const done = persistently(failing(9), { signal: controller.signal });
  const ended = expect(done).rejects.toMatchObject({ name: "AbortError" });
  await vi.advanceTimersByTimeAsync(100);
  controller.abort();
  await ended;
});

test("a queue does so many at once, in order, and goes on after a failure", async () => {
  const queue = makeQueue(2);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const task = (number: number) => () =>
    new Promise<void>((resolve, reject) => {
      started.push(number);
      ends.push(number === 1 ? () => reject(new Error("one")) : resolve);
    });
  const all = Promise.allSettled([1, 2, 3].map((number) => queue(task(number))));
  await vi.advanceTimersByTimeAsync(0);
  expect(started).toEqual([1, 2]);
  ends[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(started).toEqual([1, 2, 3]);
  for (const end of ends) end();
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});
