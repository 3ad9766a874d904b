// Keeps the progress bars of jobs alive: asks the API every two seconds while one of them runs.
(() => {
  const OVER = new Set(["succeeded", "failed", "cancelled", "paused", "interrupted"]);
  const bars = () => [...document.querySelectorAll(".job")].filter((bar) => !OVER.has(bar.dataset.state));

  async function look(bar) {
    const answer = await fetch(`/api/v1/jobs/${bar.dataset.job}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      bar.dataset.state = "failed"; // logged out, or gone: a reload says more
      return;
    }
    const job = await answer.json();
    const over = job.counts.done + job.counts.skipped + job.counts.failed;
    const progress = bar.querySelector("progress");
    progress.max = job.counts.total || 1;
    progress.value = over;
    bar.querySelector(".job-numbers").textContent = `${over} of ${job.counts.total ?? "?"}`;
    bar.dataset.state = job.state;
    const row = bar.closest("tr, form, fieldset") || document;
    const state = row.querySelector(".job-state");
    if (state) state.textContent = job.state[0].toUpperCase() + job.state.slice(1);
  }

  async function watch() {
    await Promise.all(bars().map((bar) => look(bar).catch(() => {}))); // offline: look again later
    if (bars().length) setTimeout(watch, 2000);
  }
  document.addEventListener("DOMContentLoaded", () => bars().length && setTimeout(watch, 1000));
})();
